-- Older workers: go on
-- Spells of a window of time, of all systems at once. They come in the order in which hours are rolled up, so that a block has a few hours of ends;
-- the beginnings tell apart what had not begun when the window ended.
create index station_spell_times on velolog.station_spell using brin (from_at, to_at) with (pages_per_range = 32, autosummarize = on);

-- document_version: which documents each system publishes beside its counts, and when they changed.
-- Grain: one row per version of a document (known_document). valid_from is the first poll with this version, valid_to the first with another;
-- null: it holds. entries is how many rows the version has: document_row gives them.
-- Reads: known_document. Read by: packages/live.
create view api.document_version as
select system_id, feed, jsonb_array_length(document) as entries, valid_from, valid_to
from api.known_document;

-- document_version: the documents that each system publishes beside its counts, and when they changed.
-- Grain: one row per version of a document (known_document). valid_from is the first poll with this version, valid_to the first with another;
-- null: it is valid now. entries is the number of rows of the version, which document_row lists.
-- Reads: known_document. Read by: packages/live.
create view api.document_version as
select system_id, feed, jsonb_array_length(document) as entries, valid_from, valid_to
from api.known_document;

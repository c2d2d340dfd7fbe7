DROP TABLE import_keys;
DROP TABLE import_results;
DROP TABLE import_chunks;
DROP TABLE imports;
DROP TABLE external_ids;

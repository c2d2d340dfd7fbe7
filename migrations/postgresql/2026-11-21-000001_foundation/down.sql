DROP TABLE idempotency_keys;
DROP TABLE audit_heads;
DROP TABLE audit_rows;
DROP TABLE events;
DROP TABLE programmes;
DROP TABLE clients;
DROP TABLE staff;
DROP TABLE organisations;

DROP TABLE webhook_attempts;
DROP TABLE webhook_deliveries;
DROP TABLE webhook_feeds;
DROP TABLE webhook_endpoints;
DROP TABLE deadline_events;
DROP TABLE event_log_base;
DROP INDEX events_in_order;
ALTER TABLE events DROP COLUMN tx;

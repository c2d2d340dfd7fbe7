DROP TABLE waiting_list_offers;
DROP TABLE waiting_list_entries;
DROP TABLE bookings;
DROP TABLE slots;
DROP TABLE schedules;
DROP TABLE time_types;

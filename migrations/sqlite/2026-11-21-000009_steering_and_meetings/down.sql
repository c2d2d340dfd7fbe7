DROP TABLE meeting_papers;
DROP TABLE minutes_remarks;
DROP TABLE action_items;
DROP TABLE decisions;
DROP TABLE agenda_items;
DROP TABLE meetings;
DROP TABLE steering_members;
DROP TABLE steering_groups;

DROP TABLE steering_members;
DROP TABLE steering_groups;

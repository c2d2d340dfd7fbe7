DROP TABLE call_attempts;
DROP TABLE call_sessions;
DROP TABLE course_supporters;
DROP TABLE courses;

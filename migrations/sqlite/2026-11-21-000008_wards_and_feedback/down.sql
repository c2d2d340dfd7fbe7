DROP TABLE feedback;
DROP TABLE ward_talks;
DROP TABLE ward_shift_sign_ups;
DROP TABLE ward_shifts;

DROP TABLE consent_withdrawals;
DROP TABLE consents;
DROP TABLE relatives;
DROP TABLE patient_lookups;
DROP TABLE patients;

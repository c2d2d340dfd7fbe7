DROP TABLE onboarding_steps;
DROP TABLE volunteer_wards;
DROP TABLE volunteer_rosters;
DROP TABLE volunteers;

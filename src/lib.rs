//! Brobygger ("bridge builder"): the service that patient-support programmes run on.
//!
//! One folder per resource; in each the same files: `mod.rs` (purpose, life cycle, invariants),
//! `model.rs` (types), `rules.rs` (pure decisions), `store.rs` (queries), `api.rs` (HTTP).
//!
//! | Read | for | below `/v1` |
//! |---|---|---|
//! | [`organisations`], [`staff`], [`places`] | who runs it and where | `/organisations`, `/staff`, `/municipalities`, `/regions` |
//! | [`programmes`] | support offers and their policy | `/programmes` |
//! | [`patients`] | the persons supported | `/patients` |
//! | [`consents`] | what they agreed to | `/consents` |
//! | [`referrals`] | requests and their clock | `/referrals` |
//! | [`calls`] | talks and attempts | `/call-sessions` |
//! | [`courses`] | the support itself | `/courses` |
//! | [`worklists`] | what is due | `/worklists` |
//! | [`enquiries`] | questions from outside | `/enquiries` |
//! | [`candidates`] | lists checked against criteria | `/candidate-checks` |
//! | [`timetable`] | time types, time books, free times | `/time-types`, `/schedules`, `/slots`, `/free-slots` |
//! | [`bookings`] | who has booked which time | `/bookings`, `/booking-days` |
//! | [`waiting_list`] | who waits for a time | `/waiting-list-entries` |
//! | [`volunteers`], [`matches`] | peer supporters, and who fits a need | `/volunteers`, `/volunteer-profiles`, `/matches` |
//! | [`wards`] | shifts and counted talks on wards | `/ward-shifts`, `/ward-talks` |
//! | [`feedback`] | what people say afterwards | `/feedback` |
//! | [`figures`] | activity in numbers | `/activity-figures` |
//! | [`event_log`], [`webhooks`] | what has happened, read and pushed | `/events`, `/webhook-endpoints` |
//! | [`steering`] | steering groups and their seats | `/steering-groups`, `/steering-members` |
//! | [`meetings`] | meetings with agenda, minutes, decisions, tasks | `/meetings`, `/decisions`, `/action-items`, public: `/public` |
//! | [`function_descriptions`] | documents for approval by a group | `/function-descriptions` |
//! | [`working_groups`], [`evaluations`] | groups with a mandate; what is evaluated when | `/working-groups`, `/evaluations` |
//! | [`units`], [`support_offers`] | units of a centre with staff shares; the overview of offers | `/units`, `/staff-shares`, `/support-offers` |
//! | [`agreements`] | health agreements, indicators, measurements, charts | `/health-agreements`, `/indicators`, `/measurements` |
//! | [`delegations`] | tasks delegated between sectors | `/delegations` |
//! | [`governing_documents`] | routines, forms, guidelines with versions | `/governing-documents` |
//! | [`imports`] | many rows at once | `/imports` |
//! | [`upkeep`] | what happens because time passes | |
//! | [`identity`], [`calendar`] | pure: numbers of persons, working days | |
//! | [`demo`] | data to try it with | |
//! | [`platform`] | the machinery below all of it | `/oauth` |

pub mod agreements;
pub mod bookings;
pub mod calendar;
pub mod calls;
pub mod candidates;
pub mod consents;
pub mod courses;
pub mod delegations;
pub mod demo;
pub mod enquiries;
pub mod evaluations;
pub mod event_log;
pub mod feedback;
pub mod figures;
pub mod function_descriptions;
pub mod governing_documents;
pub mod identity;
pub mod imports;
pub mod matches;
pub mod meetings;
pub mod organisations;
pub mod patients;
pub mod places;
pub mod platform;
pub mod programmes;
pub mod referrals;
pub mod staff;
pub mod steering;
pub mod support_offers;
pub mod timetable;
pub mod units;
pub mod upkeep;
pub mod volunteers;
pub mod waiting_list;
pub mod wards;
pub mod webhooks;
pub mod working_groups;
pub mod worklists;

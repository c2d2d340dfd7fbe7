//! A running service for each test, one value for each caller, answers that must be looked at.

mod answer;
mod app;
mod builders;
mod caller;
mod journeys;
pub mod postgres;
mod referrals;

pub use answer::Answer;
pub use app::{TestApp, new_controller};
pub use caller::Caller;
pub use journeys::own_doctor;
pub use referrals::REFERRING;

/// Runs a test on both engines: `on_both_engines! { fn name(app) { … } }`.
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* fn $name:ident($app:ident) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "a test uses what it needs of its file")]
            use super::*;

            fn check($app: &crate::support::TestApp) $body

            #[test]
            fn sqlite() {
                check(&crate::support::TestApp::sqlite());
            }

            #[test]
            fn postgresql() {
                if let Some(app) = crate::support::TestApp::postgresql() {
                    check(&app);
                }
            }
        }
    )+};
}

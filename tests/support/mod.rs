//! A running service for each test, one value for each caller, answers that must be looked at.

mod answer;
mod app;
pub mod booking;
mod builders;
mod caller;
pub mod contract;
pub mod governance;
mod journeys;
pub mod meetings;
pub mod postgres;
pub mod receiver;
mod referrals;
pub mod seed;
pub mod service;
mod volunteers;
pub mod wards;

pub use answer::{Answer, tells};
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

/// Compares with a committed file; `UPDATE_SNAPSHOTS=1` writes it instead.
#[track_caller]
pub fn snapshot(path: &str, current: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, current).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == current,
        "{path} is not current: look at what changed, then UPDATE_SNAPSHOTS=1 cargo test"
    );
}

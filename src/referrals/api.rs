//! `/referrals`.

use crate::platform::http::routes::Routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}

//! calls.

/// A calls.
#[derive(Debug)]
pub struct CallSession;

/// The id of one.
pub type CallSessionId = crate::platform::id::Id<CallSession>;

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}

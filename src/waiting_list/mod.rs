//! The waiting list: skeleton.

/// Somebody who waits for a time.
#[derive(Debug, Clone)]
pub struct WaitingListEntry;

//! Matching (match / matchning): who of the volunteers fits a need, why, and why not the others
//! (HF-5).

mod model;

pub use model::{Candidate, Excluded, Gate, Need, Ranking};

use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};

/// Every volunteer of the programme: those who fit, the best first, and those who do not with the
/// gate that stopped them. The same data give the same answer.
pub fn rank(_cx: &mut Cx<'_>, _need: &Need) -> Result<Ranking> {
    Err(Error::internal("not there yet"))
}

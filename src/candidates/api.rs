//! `/candidate-checks`.

use actix_web::post;

use super::check::check;
use super::model::{CandidateCheck, CandidateCheckResult};
use crate::platform::access::Permit;
use crate::platform::access::policy::CandidateChecksWrite;
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::input::Body;
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![check_candidates]
}

/// Check a list of candidates
///
/// Says for each candidate of a report whether the programme's criteria are met (APS-1), and
/// whether the person is referred or in a course already. A candidate is not a referral: nothing
/// of the list or of the results is kept, not even under an `Idempotency-Key` (APS-9). Records
/// that were found are named in their access logs.
#[utoipa::path(tag = "Candidate checks", security(("oauth2" = ["candidateChecks.write"])),
    request_body = CandidateCheck,
    responses((status = 200, description = "The results, in the order of the list.", body = CandidateCheckResult)))]
#[post("/candidate-checks")]
async fn check_candidates(
    app: App,
    permit: Permit<CandidateChecksWrite>,
    body: Body<CandidateCheck>,
) -> Result<Reply> {
    // Through the read door: nothing can be written there.
    app.read(&permit, body, |cx, asked| Reply::ok(&check(cx, &asked)?))
        .await
}

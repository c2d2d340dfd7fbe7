//! `/matches`.

use actix_web::post;

use super::find::rank;
use super::model::{Need, Ranking};
use crate::platform::access::Permit;
use crate::platform::access::policy::MatchesRead;
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::input::Body;
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;
use crate::volunteers::Remember;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![find_matches]
}

/// Find volunteers who fit a need
///
/// Ranks the volunteers of a programme for one person and, where asked, one time (HF-5). Gates
/// come first: who does not pass is excluded, with the first gate that stopped. Those who fit are
/// scored in whole numbers: each reason has its weight from the programme's policy and 0 to 100
/// points, the score is the sum of their products, ties go by id. The same data give the same
/// answer. Nothing is stored.
#[utoipa::path(tag = "Matches", security(("oauth2" = ["matches.read"])),
    request_body = Need,
    responses((status = 200, description = "Who fits, the best first, and who does not.", body = Ranking)))]
#[post("/matches")]
async fn find_matches(app: App, permit: Permit<MatchesRead>, body: Body<Need>) -> Result<Reply> {
    app.read(&permit, body, |cx, need| {
        cx.searched();
        Reply::ok(&rank(cx, &need, Remember::Yes)?)
    })
    .await
}

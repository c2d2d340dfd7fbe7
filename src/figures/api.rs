//! `/activity-figures`.

use actix_web::http::header;
use actix_web::{HttpRequest, get};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use super::csv;
use super::model::{ActivityFigures, Dimension, Measure};
use super::store::{self, Question};
use crate::closed_enum;
use crate::platform::access::Permit;
use crate::platform::access::policy::ActivityFiguresRead;
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::input::Query;
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![read_activity_figures]
}

closed_enum! {
    /// How figures are written: json (JSON), csv (comma-separated values, RFC 4180).
    pub enum FigureFormat {
        /// JSON.
        Json = "json",
        /// Comma-separated values.
        Csv = "csv",
    }
}

/// Which figures.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FigureFilter {
    /// Of which programme.
    programme_id: ProgrammeId,
    /// In which year.
    #[param(minimum = 1900, maximum = 2199, example = 2026)]
    year: i32,
    /// Only this measure.
    #[param(nullable = false)]
    measure: Option<Measure>,
    /// By what they are grouped; repeat it for several. A measure that has no such dimension
    /// (telephone talks have no ward) is grouped by the others.
    #[param(nullable = false, max_items = 5)]
    #[serde(default)]
    group_by: Vec<Dimension>,
    /// `true`: every total over what they are grouped by, too.
    #[param(nullable = false)]
    #[serde(default)]
    totals: bool,
    /// How they are written: as `Accept` says where this is left out.
    #[param(nullable = false, inline)]
    format: Option<FigureFormat>,
}

/// Read activity figures
///
/// Talks and shifts of a programme in one year, in months that have been over for seven days (HF-7). Without `groupBy`
/// they are the year's totals. Counts smaller than the programme's policy shows are suppressed, and
/// as many others that they cannot be computed from totals or from another grouping. A figure that is
/// not listed is nothing.
///
/// `Accept: text/csv` or `format=csv` answers a table (RFC 4180) with the same columns for every
/// grouping: an empty one is a total over it.
#[utoipa::path(tag = "Activity figures", security(("oauth2" = ["activityFigures.read"])),
    params(FigureFilter),
    responses((status = 200, description = "The figures.", content(
        (ActivityFigures = "application/json"),
        (String = "text/csv", example = "programmeId,year,measure,wardId,wardName,month,subtype,met,phase,count,minutes,suppressed\r\n01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70,2026,wardTalks,,,2026-03,,,,42,610,false\r\n"),
    ))))]
#[get("/activity-figures")]
async fn read_activity_figures(
    app: App,
    permit: Permit<ActivityFiguresRead>,
    query: Query<FigureFilter>,
    req: HttpRequest,
) -> Result<Reply> {
    let by_header = prefers_csv(&req);
    app.read(&permit, query, move |cx, query| {
        let figures = store::answer(
            cx,
            &Question {
                programme_id: query.programme_id,
                year: query.year,
                measure: query.measure,
                group_by: query.group_by,
                totals: query.totals,
            },
        )?;
        match query.format {
            Some(FigureFormat::Csv) => Ok(Reply::text(csv::MEDIA, csv::write(&figures)?)),
            None if by_header => Ok(Reply::text(csv::MEDIA, csv::write(&figures)?)),
            Some(FigureFormat::Json) | None => Reply::ok(&figures),
        }
    })
    .await
}

/// Whether `Accept` names CSV before JSON.
fn prefers_csv(req: &HttpRequest) -> bool {
    let accept: Vec<&str> = req
        .headers()
        .get_all(header::ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .collect();
    csv_before_json(&accept.join(","))
}

fn csv_before_json(accept: &str) -> bool {
    let weight = |kinds: &[&str]| {
        accept
            .split(',')
            .filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let kind = parts.next()?.to_ascii_lowercase();
                let place = kinds.iter().position(|known| *known == kind)?;
                let q = parts
                    .find_map(|part| part.strip_prefix("q="))
                    .and_then(|q| q.parse::<f32>().ok())
                    .unwrap_or(1.0);
                Some((place, q))
            })
            // The most exact range says how much it is wanted (RFC 9110, section 12.5.1).
            .min_by_key(|(place, _)| *place)
            .map_or(0.0, |(_, q)| q)
    };
    weight(&["text/csv", "text/*", "*/*"]) > weight(&["application/json", "application/*", "*/*"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_says_which_format_is_wanted() {
        for csv in [
            "text/csv",
            "text/csv, */*;q=0.1",
            "text/*",
            "application/json;q=0.5,text/csv",
        ] {
            assert!(csv_before_json(csv), "{csv}");
        }
        for json in [
            "",
            "*/*",
            "application/json",
            "application/json, text/csv",
            "text/csv;q=0.2, application/json",
            "text/html, */*",
        ] {
            assert!(!csv_before_json(json), "{json}");
        }
    }
}

//! Public profiles: what volunteers let the public see, and nothing more. Only active volunteers
//! have one.

use actix_web::get;
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::experience::{CodeSystem, ExperienceKind};
use super::model::{IllnessPhase, ProfileItem, Volunteer, VolunteerId, VolunteerSubtype};
use super::register::in_state;
use super::store::{self, Person, Row};
use crate::calendar::local_date;
use crate::find_seen;
use crate::platform::access::Permit;
use crate::platform::access::policy::VolunteerProfilesRead;
use crate::platform::app::{App, Cx};
use crate::platform::db::one_of;
use crate::platform::db::schema::volunteers;
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::platform::text::{Code, Language, Name, Prose};
use crate::programmes::{self, ProgrammeId};
use crate::routes;
use crate::volunteers::VolunteerState;

/// The routes of the public profiles.
#[must_use]
pub fn routes() -> Routes {
    routes![list_volunteer_profiles, read_volunteer_profile]
}

/// What was lived through, without dates and remarks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicExperience {
    /// What it was.
    kind: ExperienceKind,
    /// Where the code comes from.
    system: CodeSystem,
    /// The code.
    code: Code,
}

/// A volunteer as the public may see it: the display name, and what the volunteer allows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "volunteerId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71", "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "displayName": "Birgit", "presentation": "Jeg fik en ny hjerteklap for fire år siden.",
    "subtypes": ["patientSupporter"], "languages": ["da", "en"]
}))]
pub struct VolunteerProfile {
    /// The volunteer.
    volunteer_id: VolunteerId,
    /// The programme.
    programme_id: ProgrammeId,
    /// The first name, or the name that the volunteer wants to be called by.
    display_name: Name,
    /// A presentation in the volunteer's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    presentation: Option<Prose>,
    /// Whom the volunteer supports, where it may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    subtypes: Option<Vec<VolunteerSubtype>>,
    /// The languages, where they may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    languages: Option<Vec<Language>>,
    /// The phases of an illness that talks may be about, where they may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    phases: Option<Vec<IllnessPhase>>,
    /// What was lived through, where it may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    experience: Option<Vec<PublicExperience>>,
    /// The age in tens of years, `60-69`, where it may be seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "60-69", pattern = "^[0-9]+-[0-9]+$")]
    age_group: Option<String>,
}

/// Which profiles.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VolunteerProfileFilter {
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of public profiles.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VolunteerProfilePage {
    /// The profiles, those registered last first.
    items: Vec<VolunteerProfile>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// The profile that a row allows, if it allows one.
fn profile(row: &Row, person: Person, today: NaiveDate) -> Option<VolunteerProfile> {
    let own = person.public_profile.filter(|own| own.published)?;
    let shows = |item| own.shows.contains(&item);
    Some(VolunteerProfile {
        volunteer_id: row.id,
        programme_id: row.programme_id,
        subtypes: shows(ProfileItem::Subtypes).then(|| row.subtypes()),
        languages: shows(ProfileItem::Languages).then_some(person.languages),
        phases: shows(ProfileItem::Phases).then_some(person.phases),
        experience: shows(ProfileItem::Experience).then(|| {
            person
                .experience
                .into_iter()
                .map(|one| PublicExperience {
                    kind: one.kind,
                    system: one.system,
                    code: one.code,
                })
                .collect()
        }),
        age_group: person
            .birth_date
            .filter(|_| shows(ProfileItem::AgeGroup))
            .and_then(|born| today.years_since(born))
            .map(|age| format!("{}-{}", age / 10 * 10, age / 10 * 10 + 9)),
        display_name: own.display_name,
        presentation: own.presentation,
    })
}

fn list(
    cx: &mut Cx<'_>,
    query: &VolunteerProfileFilter,
) -> Result<(Vec<VolunteerProfile>, Option<Cursor>)> {
    let scope = cx.scope();
    let days = store::days(cx)?;
    let bound_to = format!("volunteer profiles {:?}", query.programme_id);
    let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
    let mut rows = volunteers::table
        .filter(volunteers::controller_id.eq(scope.controller))
        .filter(volunteers::published.eq(true))
        .filter(in_state(VolunteerState::Active, &days))
        .order(volunteers::id.desc())
        .limit(query.limit.rows() + 1)
        .select(Row::as_select())
        .into_boxed();
    if let Some(visible) = &scope.programmes {
        rows = rows.filter(one_of(volunteers::programme_id, visible));
    }
    if let Some(programme) = query.programme_id {
        rows = rows.filter(volunteers::programme_id.eq(programme));
    }
    if let Some(after) = after {
        rows = rows.filter(volunteers::id.lt(after.id::<Volunteer>()));
    }
    let rows: Vec<Row> = rows.load(cx.conn())?;
    let (rows, next) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
        key: 0,
        id: row.id.uuid(),
    });
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let person = row.open(cx.keys)?;
        let today = days.get(&row.programme_id);
        items.extend(today.and_then(|today| profile(&row, person, *today)));
    }
    Ok((items, next))
}

fn find(cx: &mut Cx<'_>, id: VolunteerId) -> Result<VolunteerProfile> {
    let row = find_seen!(cx, volunteers, Row, id)?;
    let policy = programmes::find(cx, row.programme_id)?.policy;
    let today = local_date(cx.now.utc(), policy.time_zone()?);
    if row.standing().on(today) != VolunteerState::Active {
        return Err(Error::not_found());
    }
    let person = row.open(cx.keys)?;
    profile(&row, person, today).ok_or_else(Error::not_found)
}

/// List public profiles
///
/// The active volunteers who let the public see them, those registered last first: a display name,
/// and what each allows.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteerProfiles.read"])),
    params(VolunteerProfileFilter),
    responses((status = 200, description = "A page of public profiles.", body = VolunteerProfilePage)))]
#[get("/volunteer-profiles")]
async fn list_volunteer_profiles(
    app: App,
    permit: Permit<VolunteerProfilesRead>,
    query: Query<VolunteerProfileFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let (items, next_cursor) = list(cx, &query)?;
        Reply::page(next_cursor, |next_cursor| VolunteerProfilePage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a public profile
///
/// Of a volunteer who is active and lets the public see it; of anybody else there is none.
#[utoipa::path(tag = "Volunteers", security(("oauth2" = ["volunteerProfiles.read"])),
    params(("volunteerId" = VolunteerId, Path, description = "The volunteer's id.")),
    responses((status = 200, description = "The public profile.", body = VolunteerProfile)))]
#[get("/volunteer-profiles/{volunteerId}")]
async fn read_volunteer_profile(
    app: App,
    permit: Permit<VolunteerProfilesRead>,
    id: Path<VolunteerId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| Reply::ok(&find(cx, id.0)?))
        .await
}

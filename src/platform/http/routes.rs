//! The whole API on one screen: each resource brings its routes, mounted and documented by the
//! same line.

use actix_web::web::ServiceConfig;
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::{RefOr, Schema};

use crate::{
    agreements, bookings, calls, candidates, consents, courses, delegations, enquiries,
    evaluations, event_log, feedback, figures, function_descriptions, governing_documents, imports,
    matches, meetings, organisations, patients, places, platform, programmes, referrals, staff,
    steering, support_offers, timetable, units, volunteers, waiting_list, wards, webhooks,
    working_groups, worklists,
};

/// Every route below `/v1`. The hot ones first: the router tries them in this order.
#[must_use]
pub fn all() -> Vec<Routes> {
    vec![
        patients::routes(),
        referrals::routes(),
        calls::routes(),
        consents::routes(),
        courses::routes(),
        worklists::routes(),
        bookings::routes(),
        timetable::routes(),
        waiting_list::routes(),
        enquiries::routes(),
        candidates::routes(),
        volunteers::routes(),
        matches::routes(),
        wards::routes(),
        wards::talk_routes(),
        feedback::routes(),
        figures::routes(),
        event_log::routes(),
        webhooks::routes(),
        webhooks::delivery_routes(),
        steering::routes(),
        agreements::routes(),
        agreements::indicator_routes(),
        agreements::measurement_routes(),
        evaluations::routes(),
        working_groups::routes(),
        delegations::routes(),
        governing_documents::routes(),
        governing_documents::version_routes(),
        units::routes(),
        units::share_routes(),
        support_offers::routes(),
        worklists::governance_routes(),
        meetings::routes(),
        meetings::agenda_routes(),
        meetings::minutes_routes(),
        meetings::follow_up_routes(),
        meetings::plan_routes(),
        function_descriptions::routes(),
        programmes::routes(),
        organisations::routes(),
        staff::routes(),
        places::routes(),
        imports::routes(),
        platform::access::api::routes(),
    ]
}

/// Every page outside `/v1` that shows something of a resource, for people without sign-in.
pub fn pages(config: &mut ServiceConfig) {
    meetings::pages::mount(config);
}

/// The routes of one resource.
#[derive(Clone)]
pub struct Routes {
    /// How they are documented: made when it is asked for, since each HTTP worker mounts the routes and
    /// documents none.
    pub described: fn() -> Vec<Described>,
    /// How they are mounted.
    pub mount: fn(&mut ServiceConfig),
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries((self.described)().into_iter().map(|route| route.path))
            .finish()
    }
}

/// One operation, as its handler describes it.
#[derive(Clone)]
pub struct Described {
    /// The path below `/v1`.
    pub path: String,
    /// The method.
    pub methods: Vec<HttpMethod>,
    /// The operation.
    pub operation: Operation,
    /// The tags.
    pub tags: Vec<String>,
    /// The schemas it refers to.
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

impl Described {
    /// The description that `#[utoipa::path]` gave the handler `H`.
    #[must_use]
    pub fn of<H>() -> Self
    where
        H: utoipa::Path + utoipa::__dev::SchemaReferences + utoipa::__dev::Tags<'static>,
    {
        let mut schemas = Vec::new();
        H::schemas(&mut schemas);
        Self {
            path: H::path(),
            methods: H::methods(),
            operation: H::operation(),
            tags: H::tags().into_iter().map(str::to_owned).collect(),
            schemas,
        }
    }
}

/// `all_routes![api::routes, days::routes]`: the routes of a resource whose handlers are in several
/// files.
#[macro_export]
macro_rules! all_routes {
    [$($part:path),+ $(,)?] => {
        $crate::platform::http::routes::Routes {
            described: || [$($part()),+].into_iter().flat_map(|part| (part.described)()).collect(),
            mount: |config| { $(($part().mount)(config);)+ },
        }
    };
}

/// `routes![create_patient, read_patient]`: mounts and documents the handlers.
#[macro_export]
macro_rules! routes {
    [$($handler:ident),+ $(,)?] => {
        $crate::platform::http::routes::Routes {
            described: || vec![$($crate::platform::http::routes::Described::of::<$handler>()),+],
            mount: |config| { $(config.service($handler);)+ },
        }
    };
}

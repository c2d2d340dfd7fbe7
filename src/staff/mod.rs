//! Staff.
use crate::platform::db::AnyConnection;
use crate::platform::db::schema::staff;
use crate::platform::error::Result;
use crate::platform::id::Id;
use diesel::prelude::*;

/// A staff member.
#[derive(Debug)]
pub struct Staff;

/// The id of one.
pub type StaffId = crate::platform::id::Id<Staff>;

/// The name of a staff member who is active.
pub fn active_name(conn: &mut AnyConnection, id: Id<Staff>) -> Result<Option<String>> {
    Ok(staff::table
        .find(id)
        .filter(staff::active.eq(true))
        .select(staff::name)
        .first(conn)
        .optional()?)
}

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}

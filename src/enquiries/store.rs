//! Enquiries in storage.

use diesel::prelude::*;

use crate::patients::Patient;
use crate::platform::app::Cx;
use crate::platform::db::schema::enquiries;
use crate::platform::error::Result;
use crate::platform::id::Id;

/// Moves every enquiry about one patient record to another one: the two were the same person.
pub fn repoint(cx: &mut Cx<'_>, from: Id<Patient>, to: Id<Patient>) -> Result<()> {
    let (controller, now) = (cx.scope().controller, cx.now);
    diesel::update(
        enquiries::table
            .filter(enquiries::patient_id.eq(from))
            .filter(enquiries::controller_id.eq(controller)),
    )
    .set((
        enquiries::patient_id.eq(to),
        enquiries::version.eq(enquiries::version + 1),
        enquiries::updated_at.eq(now),
    ))
    .execute(cx.conn())?;
    Ok(())
}

//! What meetings ask: whether a document stands on an item of an agenda.

use diesel::prelude::*;

use super::model::VersionState;
use crate::meetings::AgendaItemId;
use crate::platform::app::Cx;
use crate::platform::db::schema::function_description_versions as versions;
use crate::platform::error::Result;
use crate::platform::id::Id;

/// Whether a document was submitted to this item.
pub fn is_submitted(cx: &mut Cx<'_>, item: AgendaItemId) -> Result<bool> {
    let found: Option<Id<()>> = versions::table
        .filter(versions::agenda_item_id.eq(item))
        .filter(versions::controller_id.eq(cx.scope().controller))
        .select(versions::id)
        .first(cx.conn())
        .optional()?;
    Ok(found.is_some())
}

/// Whether a submitted document waits for a decision of the group on this item.
pub fn awaits_decision(cx: &mut Cx<'_>, item: AgendaItemId) -> Result<bool> {
    let found: Option<Id<()>> = versions::table
        .filter(versions::agenda_item_id.eq(item))
        .filter(versions::controller_id.eq(cx.scope().controller))
        .filter(versions::state.eq(VersionState::Submitted))
        .select(versions::id)
        .first(cx.conn())
        .optional()?;
    Ok(found.is_some())
}

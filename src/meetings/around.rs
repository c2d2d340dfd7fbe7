//! What the rows of an answer have in common, looked up once for all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::items;
use super::model::AgendaItemId;
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};
use crate::steering::{self, Standing, SteeringGroup, SteeringGroupId};

/// What decisions and tasks say of themselves through their group and their item.
pub(super) struct Around {
    groups: BTreeMap<SteeringGroupId, (SteeringGroup, Standing)>,
    confidential: BTreeSet<AgendaItemId>,
}

impl Around {
    /// What is around rows of these groups and items.
    pub fn of(
        cx: &mut Cx<'_>,
        rows: impl IntoIterator<Item = (SteeringGroupId, AgendaItemId)>,
    ) -> Result<Self> {
        let (ids, items): (BTreeSet<_>, BTreeSet<_>) = rows.into_iter().unzip();
        let mut groups = BTreeMap::new();
        for id in ids {
            groups.insert(id, steering::inside(cx, id)?);
        }
        let items: Vec<AgendaItemId> = items.into_iter().collect();
        Ok(Self {
            groups,
            confidential: items::confidential(cx, &items)?,
        })
    }

    /// The group of a row, and as whom the actor sees it.
    pub fn group(&self, id: SteeringGroupId) -> Result<&(SteeringGroup, Standing)> {
        self.groups.get(&id).ok_or_else(Error::not_found)
    }

    /// Whether the item of a row is confidential now.
    pub fn is_confidential(&self, id: AgendaItemId) -> bool {
        self.confidential.contains(&id)
    }

    /// Whether a row is seen: what no minutes that were sent say is the secretariat's.
    pub fn sees(&self, id: SteeringGroupId, minutes_version: Option<i32>) -> Result<bool> {
        let (_, standing) = self.group(id)?;
        Ok(minutes_version.is_some() || *standing == Standing::Secretariat)
    }
}

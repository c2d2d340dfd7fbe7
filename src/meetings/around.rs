//! What the rows of an answer have in common, looked up once for all of them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::items;
use super::model::AgendaItemId;
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};
use crate::steering::{self, Standing, SteeringGroup, SteeringGroupId};

/// Groups that the actor sees from inside, each looked up once.
#[derive(Default)]
pub(super) struct Groups(BTreeMap<SteeringGroupId, (SteeringGroup, Standing)>);

impl Groups {
    pub fn inside(
        &mut self,
        cx: &mut Cx<'_>,
        id: SteeringGroupId,
    ) -> Result<&(SteeringGroup, Standing)> {
        Ok(match self.0.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(steering::inside(cx, id)?),
        })
    }
}

/// What decisions and tasks say of themselves through their group and their item.
pub(super) struct Around {
    groups: Groups,
    confidential: BTreeSet<AgendaItemId>,
}

impl Around {
    /// What is around rows of these groups and items.
    pub fn of(
        cx: &mut Cx<'_>,
        rows: impl IntoIterator<Item = (SteeringGroupId, AgendaItemId)>,
    ) -> Result<Self> {
        let mut groups = Groups::default();
        let mut items = BTreeSet::new();
        for (group, item) in rows {
            groups.inside(cx, group)?;
            items.insert(item);
        }
        let items: Vec<AgendaItemId> = items.into_iter().collect();
        Ok(Self {
            groups,
            confidential: items::confidential(cx, &items)?,
        })
    }

    /// The group of a row, and as whom the actor sees it.
    pub fn group(&self, id: SteeringGroupId) -> Result<&(SteeringGroup, Standing)> {
        self.groups.0.get(&id).ok_or_else(Error::not_found)
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

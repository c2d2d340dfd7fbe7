//! Who asks, and whose data they may see.

use uuid::Uuid;

use super::policy::{Action, Role, allows};
use crate::organisations::Organisation;
use crate::patients::Patient;
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::programmes::Programme;
use crate::volunteers::Volunteer;

crate::closed_enum! {
    /// What kind of actor asks.
    pub enum ActorKind {
        /// A system: EHR, booking site, importer. Has scopes.
        Client = "client",
        /// A person of the staff. Has roles.
        Person = "person",
        /// A patient. Sees own data only.
        Patient = "patient",
        /// A volunteer. Sees own data only.
        Volunteer = "volunteer",
        /// The service itself: command line, demo data.
        Service = "service",
    }
}

impl ActorKind {
    /// Whether an actor of this kind can have `role`: the roles of patients and volunteers let
    /// them at their own data, so that nobody else may have them.
    #[must_use]
    pub fn has(self, role: Role) -> bool {
        match role {
            Role::Patient => self == Self::Patient,
            Role::Volunteer => self == Self::Volunteer,
            _ => self == Self::Person,
        }
    }

    /// What kind of actor has `role`.
    #[must_use]
    pub fn of(role: Role) -> Self {
        match role {
            Role::Patient => Self::Patient,
            Role::Volunteer => Self::Volunteer,
            _ => Self::Person,
        }
    }
}

/// Who asks, as the token says and the database confirmed.
#[derive(Debug, Clone)]
pub struct Actor {
    /// What kind.
    pub kind: ActorKind,
    /// The id of the client, staff member, patient or volunteer.
    pub id: Uuid,
    /// What the client or staff member is called; empty for a patient and a volunteer.
    pub name: String,
    /// The roles of a person.
    pub roles: Vec<Role>,
    /// What the token's scopes allow, and for a person the roles too.
    pub actions: Vec<Action>,
    /// Whose data it sees.
    pub scope: Scope,
}

impl Actor {
    /// Whether the policy lets it do `action`.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.actions.contains(&action)
            && match self.kind {
                ActorKind::Client | ActorKind::Service => true,
                ActorKind::Person | ActorKind::Patient | ActorKind::Volunteer => self
                    .roles
                    .iter()
                    .any(|role| self.kind.has(*role) && allows(*role, action)),
            }
    }

    /// The service itself, acting for one data controller.
    #[must_use]
    pub fn service(controller: Id<Organisation>) -> Self {
        Self {
            kind: ActorKind::Service,
            id: Uuid::nil(),
            name: "brobygger".to_owned(),
            roles: Vec::new(),
            actions: Action::ALL.to_vec(),
            scope: Scope {
                controller,
                programmes: None,
                patient: None,
                volunteer: None,
                sees_protected: true,
            },
        }
    }

    /// The staff member who asks, if it is one.
    #[must_use]
    pub fn staff_id<T>(&self) -> Option<Id<T>> {
        (self.kind == ActorKind::Person).then(|| Id::from_uuid(self.id))
    }
}

/// Whose data an actor sees. Store functions filter by it: a row of somebody else is not found.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The data controller.
    pub controller: Id<Organisation>,
    /// The programmes, where the actor is limited to some.
    pub programmes: Option<Vec<Id<Programme>>>,
    /// The one patient, where the actor is that patient.
    pub patient: Option<Id<Patient>>,
    /// The one volunteer, where the actor is that volunteer.
    pub volunteer: Option<Id<Volunteer>>,
    /// Whether protected names and addresses are shown (ID-5).
    pub sees_protected: bool,
}

impl Scope {
    /// Refuses what belongs to another controller as if it did not exist.
    pub fn check_controller(&self, controller: Id<Organisation>) -> Result<()> {
        if self.controller == controller {
            Ok(())
        } else {
            Err(Error::not_found())
        }
    }

    /// Refuses what belongs to a programme that the actor does not see.
    pub fn check_programme(&self, programme: Id<Programme>) -> Result<()> {
        match &self.programmes {
            Some(programmes) if !programmes.contains(&programme) => Err(Error::not_found()),
            _ => Ok(()),
        }
    }

    /// Refuses another patient than the actor, where the actor is a patient.
    pub fn check_patient(&self, patient: Id<Patient>) -> Result<()> {
        match self.patient {
            Some(own) if own != patient => Err(Error::not_found()),
            _ => Ok(()),
        }
    }

    /// The volunteer who asks, where it is one.
    #[must_use]
    pub fn volunteer(&self) -> Option<Id<Volunteer>> {
        self.volunteer
    }

    /// Refuses another volunteer than the actor, where the actor is a volunteer.
    pub fn check_volunteer(&self, volunteer: Id<Volunteer>) -> Result<()> {
        match self.volunteer {
            Some(own) if own != volunteer => Err(Error::not_found()),
            _ => Ok(()),
        }
    }
}

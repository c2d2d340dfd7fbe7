//! Brobygger ("bridge builder"): the service that patient-support programmes run on.

//! What the contract says in words: its introduction, and what each tag is for.

/// The tags in the order of reading, with what they are for.
pub const TAGS: &[(&str, &str)] = &[
    (
        "Sign-in",
        "Access tokens for systems (OAuth 2.0 client credentials).",
    ),
    (
        "Patients",
        "The persons supported (patient, borger), their relatives (pårørende), and who has looked at their records.",
    ),
    (
        "Consents",
        "What a patient agreed to (samtykke), in which form, when; and its withdrawal with everything that stood on it.",
    ),
    (
        "Referrals",
        "Requests that a programme takes a patient (henvisning), their clock of working days, and the decision on them.",
    ),
    (
        "Call sessions",
        "Talks (samtale) with their call attempts, agenda, topics and notes.",
    ),
    (
        "Courses",
        "The support itself (forløb), from the first conversation to the closing note.",
    ),
    (
        "Worklists",
        "What is due: first calls and coming talks; in governance evaluations, delegations, documents, measurements.",
    ),
    (
        "Bookings",
        "Who has booked which time (booking / bokning): hold, confirm, move, cancel, attendance. A booking site needs the scopes `slots.read`, `bookings.read` and `bookings.write`, and sees what it made and nothing else.",
    ),
    (
        "Time books",
        "Time types, time books (tidbog / tidbok) with the availability of their owners, and the times in them; the search for free times.",
    ),
    (
        "Waiting list",
        "Who waits for a time (venteliste / väntelista), and is offered one that becomes free.",
    ),
    (
        "Enquiries",
        "Questions, leaflet orders and visit requests (henvendelse), answered within working days.",
    ),
    (
        "Candidate checks",
        "Lists from a record system checked against criteria; nothing of them is kept.",
    ),
    (
        "Volunteers",
        "Peer supporters (frivillig patientstøtte): onboarding, leave, departure, and what the public may see of them.",
    ),
    (
        "Matches",
        "Which volunteers fit a need (match / matchning), why, and what stopped the others.",
    ),
    (
        "Ward shifts",
        "Volunteers walk wards in shifts (vagt / pass), in pairs; talks on wards are counted and never named.",
    ),
    (
        "Feedback",
        "What patients, relatives and staff say afterwards (tilbagemelding / återkoppling), and whether it may be quoted.",
    ),
    (
        "Activity figures",
        "Talks and shifts in numbers (aktivitetstal / aktivitetssiffror), as JSON and CSV, with small counts suppressed.",
    ),
    (
        "Events",
        "What has happened (hændelse / händelse), in commit order: read, long-polled or streamed.",
    ),
    (
        "Webhooks",
        "Events pushed to an address of your own: endpoints, what became of each delivery, and the messages themselves.",
    ),
    (
        "Steering groups",
        "Who governs (styregruppe): groups with their policy, seats and periods, and their year plan.",
    ),
    (
        "Health agreements",
        "Agreements between a region and its municipalities (sundhedsaftale), their indicators and measurements, with status, trend, chart, and comparison across mergers of regions.",
    ),
    (
        "Delegations",
        "Tasks that one sector gives to another (delegering, opgaveflytning), with the three principles answered.",
    ),
    (
        "Evaluations",
        "Evaluations (evaluering) of agreements and groups: when they are due, and what came of them.",
    ),
    (
        "Governing documents",
        "Routines, forms and guidelines (styrande dokument / styrende dokument), with versions of which one is valid.",
    ),
    (
        "Working groups",
        "Groups that a steering group sets up with a mandate and an end (arbejdsgruppe).",
    ),
    (
        "Units",
        "Units of a centre (enhed), and who belongs to them with which share of full time.",
    ),
    (
        "Support offers",
        "The overview of everything that supports patients (støttetilbud), by unit and sector.",
    ),
    (
        "Meetings",
        "Meetings of steering groups (møde): agendas, minutes with remarks and approval by the clock, decisions, tasks, deadlines. What the public may read (CPS-6) are pages beside this contract, without a token: `/public/steering-groups/{steeringGroupId}` and `/public/meetings/{meetingId}/minutes`.",
    ),
    (
        "Function descriptions",
        "Documents for approval by a steering group (funktionsbeskrivelse, opgavebeskrivelse), version by version.",
    ),
    (
        "Programmes",
        "Support offers (indsats) with their policy and calendar.",
    ),
    (
        "Organisations",
        "Data controllers and their parts (organisation), and places.",
    ),
    (
        "Staff",
        "The people who work in the programmes (personale).",
    ),
    (
        "Imports",
        "Many rows at once (import / indlæsning): a CSV or NDJSON file becomes a job, with one result for each row.",
    ),
];

/// What a reader of the contract reads first.
pub const INTRODUCTION: &str = "\
Brobygger (\"bridge builder\") is the service that patient-support programmes in Denmark and Sweden run on.

**Sign in.** `POST /oauth/token` with a client's id and secret gives a bearer token; in Swagger UI press *Authorize*. Each operation names the scope it needs.

**Safe writes.** Send `Idempotency-Key` with a POST and it can be repeated. Changes (PATCH, PUT, DELETE) need `If-Match` with the `ETag` that was read. `validateOnly=true` on a POST that creates runs every check and writes nothing; of an import it writes no row, while the job that checks is there, and its events.

**Errors** are problem documents (RFC 9457); `type` leads to a page that says what to do (`/problems` lists all of them, one for each `code`), `errors` names every wrong field at once.

**Lists** are pages: follow `nextCursor` (or `Link: rel=\"next\"`) until there is none.

**Events.** Every state change is an event: read them in order (`GET /events`), stream them, or have them pushed to you (*Webhooks*).

**Time** is RFC 3339; any offset is accepted, UTC is answered. Durations are ISO 8601.

**Personal data** never belongs in a URL: look people up with `POST /patients/search`. Every read and write that touches a patient is recorded; say why in `Access-Purpose`.

**Clients** can be generated: openapi-typescript, openapi-python-client and openapi-generator are tried with every change of this document. openapi-generator needs `--global-property apis,models,supportingFiles`, or it takes the webhooks for operations.";

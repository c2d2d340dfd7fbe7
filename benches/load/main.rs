//! The load benchmark: `cargo bench --bench load -- [options]`.
//!
//! The service under test is the release binary, started as a process of its own with a database
//! of its own, called over loopback by an HTTP driver ([`driver`]) at 32 and at 128 connections.
//! Everything real is in: access token, permit, decryption, audit rows that are durable before
//! the answer, events, idempotency keys, log lines.
//!
//! A rate alone says little: machines differ, and a disk that forgets makes anything fast. So
//! each operation is measured beside its limits, one after the other in the same run ([`limits`]):
//! a bare actix-web handler with as many workers that answers the same bytes, and the engine
//! alone with the same statements, one commit for each request, the same durability.
//!
//! | option | |
//! |---|---|
//! | `--quick` | short runs on little data, to see that all of it works |
//! | `--engine sqlite\|postgresql\|both` | which engine (both) |
//! | `--seconds N` | how long each run is measured (8) |
//! | `--rows N` | how many patients there are (20,000) |
//! | `--only read,list,search,create,attempt` | some operations only |
//! | `--volunteers` | instead: matching and free times, one after the other (`volunteers`) |
//! | `--import` | instead: a file of 100,000 patients (`--rows N` for another size) beside the engine's own batch insert (`imports`) |
//! | `--grow` | instead: read and page at 1,000 and at 1,000,000 patients (`--rows N` for another end) |
//!
//! PostgreSQL is started for this (`tests/support/postgres.rs`), with its own defaults of
//! durability; where it is not installed that half is skipped, loudly.
//!
//! Reading order: here, [`operations`] (what is asked), [`driver`], [`limits`], [`seed`],
//! [`service`], [`report`].
#![allow(clippy::print_stdout, reason = "the report is printed")]

mod driver;
mod imports;
mod limits;
mod operations;
#[path = "../../tests/support/postgres.rs"]
#[allow(
    dead_code,
    unused_imports,
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "shared with the tests, of which it has some itself"
)]
mod postgres;
mod report;
mod seed;
mod service;
mod volunteers;

use std::process::ExitCode;
use std::time::Duration;

use brobygger::platform::db::{DatabaseUrl, Engine};

use driver::Load;
use limits::Part;
use operations::{Operation, World};
use report::{Limit, Line};
use service::{Client, Place};

/// What this program answers; errors end it, and are for the person at the terminal.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The loads that the issue names.
const CONNECTIONS: [usize; 2] = [32, 128];
/// How many times the start is measured.
const STARTS: usize = 5;

/// What was asked for.
#[derive(Debug, Clone)]
struct Options {
    engines: Vec<Engine>,
    duration: Duration,
    warm_up: usize,
    rows: Option<u32>,
    only: Vec<Operation>,
    quick: bool,
    grow: bool,
    volunteers: bool,
    import: bool,
}

impl Options {
    fn parse(arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self {
            engines: vec![Engine::Sqlite, Engine::Postgresql],
            duration: Duration::from_secs(8),
            warm_up: 2000,
            rows: None,
            only: Operation::ALL.to_vec(),
            quick: false,
            grow: false,
            volunteers: false,
            import: false,
        };
        let mut seconds = None;
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let mut value = || {
                arguments
                    .next()
                    .ok_or_else(|| format!("{argument} needs a value"))
            };
            match argument.as_str() {
                // cargo says this to every benchmark.
                "--bench" => {}
                "--quick" => options.quick = true,
                "--grow" => options.grow = true,
                "--volunteers" => options.volunteers = true,
                "--import" => options.import = true,
                "--seconds" => seconds = Some(value()?.parse()?),
                "--rows" => options.rows = Some(value()?.parse()?),
                "--engine" => {
                    options.engines = match value()?.as_str() {
                        "sqlite" => vec![Engine::Sqlite],
                        "postgresql" => vec![Engine::Postgresql],
                        "both" => options.engines,
                        other => return Err(format!("there is no engine {other}").into()),
                    }
                }
                "--only" => {
                    options.only = value()?
                        .split(',')
                        .map(Operation::parse)
                        .collect::<Outcome<_>>()?;
                }
                other => return Err(format!("there is no option {other}").into()),
            }
        }
        if options.quick {
            options.duration = Duration::from_secs(1);
            options.warm_up = 200;
        }
        if let Some(seconds) = seconds {
            options.duration = Duration::from_secs(seconds);
        }
        Ok(options)
    }

    fn rows(&self) -> u32 {
        self.rows.unwrap_or(if self.quick { 500 } else { 20_000 })
    }

    fn load(&self, address: std::net::SocketAddr, connections: usize) -> Load {
        Load {
            address,
            connections,
            warm_up: self.warm_up,
            duration: self.duration,
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match Part::of(&arguments) {
        Ok(Some(part)) => part.serve(),
        Ok(None) if arguments.iter().any(|argument| argument == "--bench") => {
            Options::parse(arguments.into_iter()).and_then(|options| run(&options))
        }
        // `cargo test --all-targets` runs benchmarks too: it has asked for no measurement.
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "says what is wrong")]
            {
                eprintln!("load: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Outcome {
    let workers = std::thread::available_parallelism()?.get();
    report::machine(workers)?;
    if options.volunteers {
        report::latency_head();
    } else if !options.grow && !options.import {
        report::head();
    }
    let mut closing = Vec::new();
    for engine in &options.engines {
        let data_dir = tempfile::Builder::new()
            .prefix("brobygger-load-")
            .tempdir()?;
        let mut place = Place {
            data_dir: data_dir.path().to_owned(),
            url: format!("sqlite:{}", data_dir.path().join("brobygger.db").display()),
        };
        // Dropped after everything that is connected to it.
        let cluster = match engine {
            Engine::Sqlite => None,
            Engine::Postgresql => match postgres::Cluster::start(postgres::Durability::Durable) {
                Ok(cluster) => {
                    cluster.create_database("brobygger_load", None);
                    place.url = cluster.url("brobygger_load");
                    Some(cluster)
                }
                Err(why) => {
                    closing.push(format!("**PostgreSQL was not measured: {why}**"));
                    continue;
                }
            },
        };
        let bench = Bench {
            options,
            url: DatabaseUrl::parse(&place.url).map_err(seed::said)?,
            client: Client::create(&place)?,
            place,
            workers,
        };
        closing.extend(if options.volunteers {
            bench.volunteers()?
        } else if options.import {
            bench.import(cluster.as_ref())?
        } else if options.grow {
            bench.grow()?
        } else {
            bench.measure()?
        });
    }
    for text in closing {
        report::say(text);
    }
    Ok(())
}

/// One engine under measurement.
struct Bench<'a> {
    options: &'a Options,
    place: Place,
    url: DatabaseUrl,
    client: Client,
    workers: usize,
}

impl Bench<'_> {
    fn engine(&self) -> &'static str {
        match self.url.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgresql => "PostgreSQL",
        }
    }

    /// Every operation at every load, beside its limits.
    fn measure(&self) -> Outcome<Vec<String>> {
        let patients = seed::patients(&self.place, &self.client, 0..self.options.rows())?;
        let service = service::serve(&self.place, self.workers)?;
        let headers = self.client.headers(service.address)?;
        let sessions = if self.options.quick { 40 } else { 400 };
        let world = World::build(
            service.address,
            &headers,
            patients,
            &self.options.only,
            sessions,
        )?;
        for operation in &self.options.only {
            for connections in CONNECTIONS {
                let line = self.operation(*operation, connections, &service, &world)?;
                report::line(&line);
            }
        }
        let resident = service.resident_kib()?;
        service.stop()?;
        let mut starts = Vec::with_capacity(STARTS);
        for _ in 0..STARTS {
            starts.push(service::start_to_first_answer(&self.place, self.workers)?);
        }
        starts.sort_unstable();
        let start = starts.get(STARTS / 2).copied().unwrap_or_default();
        Ok(vec![format!(
            "{}: {:.1} MiB resident memory of the service after all of this; {:.0} ms from its \
             start to its first answer, with this database (median of {STARTS}).",
            self.engine(),
            resident as f64 / 1024.0,
            start.as_secs_f64() * 1000.0
        )])
    }

    fn operation(
        &self,
        operation: Operation,
        connections: usize,
        service: &service::Listening,
        world: &World,
    ) -> Outcome<Line> {
        // A new token for each run, and the bytes that the bare handler shall answer.
        let headers = self.client.headers(service.address)?;
        let sample = world.sample(operation, service.address, &headers)?;
        let load = |address| self.options.load(address, connections);
        let before = service.processor_time()?;
        let measured = driver::run(load(service.address), world.requests(operation, &headers)?)?;
        let used = service.processor_time()?.saturating_sub(before);

        let file = self.place.data_dir.join("answer.json");
        std::fs::write(&file, &sample.body)?;
        let bare = Part::Bare {
            file: file.display().to_string(),
            status: sample.status,
            workers: self.workers,
        };
        let bare = service::part(&bare.arguments())?;
        let bare_rate = driver::run(load(bare.address), world.requests(operation, &headers)?)?;
        bare.stop()?;
        let mut limits = vec![Limit {
            name: "bare handler",
            per_second: bare_rate.per_second,
        }];

        if self.url.engine() == Engine::Postgresql && operation == Operation::Read {
            let unaudited = Part::Unaudited {
                data_dir: self.place.data_dir.display().to_string(),
                url: self.place.url.clone(),
                workers: self.workers,
            };
            let unaudited = service::part(&unaudited.arguments())?;
            let requests = world.requests(operation, &headers)?;
            let rate = driver::run(load(unaudited.address), requests)?;
            unaudited.stop()?;
            limits.push(Limit {
                name: "without audit",
                per_second: rate.per_second,
            });
        }
        let alone = limits::EngineAlone {
            url: &self.url,
            operation,
            connections,
            workers: self.workers,
            duration: self.options.duration,
            answer: &sample.body,
        };
        limits.extend(alone.measure(world)?);
        Ok(Line {
            operation: operation.title(),
            engine: self.engine(),
            connections,
            processor_micros: used.as_secs_f64() * 1e6 / measured.answers as f64,
            measured,
            limits,
        })
    }

    /// How long matching and the search for free times take.
    fn volunteers(&self) -> Outcome<Vec<String>> {
        let (place, client, url) = (&self.place, &self.client, &self.url);
        for line in volunteers::measure(self.options, place, client, url, self.workers)? {
            report::latency(self.engine(), &line);
        }
        Ok(Vec::new())
    }

    /// How fast a file becomes records, and what that costs others.
    fn import(&self, cluster: Option<&postgres::Cluster>) -> Outcome<Vec<String>> {
        let (place, client, url) = (&self.place, &self.client, &self.url);
        let copy = match cluster {
            None => imports::Copy::Sqlite,
            Some(cluster) => {
                cluster.create_database("brobygger_copy", None);
                let folder = cluster.directory().ok_or("needs a server of its own")?;
                imports::Copy::Postgresql {
                    url: cluster.url("brobygger_copy"),
                    folder: folder.to_owned(),
                }
            }
        };
        let lines = imports::measure(self.options, place, client, url, &copy, self.workers)?;
        let engine = self.engine();
        Ok(lines
            .into_iter()
            .map(|line| format!("{engine}: {line}"))
            .collect())
    }

    /// Whether a read and a page cost more when there is more to read from.
    fn grow(&self) -> Outcome<Vec<String>> {
        let last = self.options.rows.unwrap_or(if self.options.quick {
            20_000
        } else {
            1_000_000
        });
        let first = 1000.min(last);
        let mut patients = seed::patients(&self.place, &self.client, 0..first)?;
        let small = self.rates(&patients)?;
        patients.extend(seed::patients(&self.place, &self.client, first..last)?);
        let large = self.rates(&patients)?;
        Ok(small
            .into_iter()
            .zip(large)
            .map(|((title, small), (_, large))| {
                format!(
                    "{}, {title}: {}/s at {} patients, {}/s at {}: the cost grows by a factor of {:.2}.",
                    self.engine(),
                    report::thousands(small),
                    report::thousands(f64::from(first)),
                    report::thousands(large),
                    report::thousands(f64::from(last)),
                    small / large
                )
            })
            .collect())
    }

    fn rates(&self, patients: &[operations::Person]) -> Outcome<Vec<(&'static str, f64)>> {
        let service = service::serve(&self.place, self.workers)?;
        let world = World::of_patients(patients.to_vec());
        let mut rates = Vec::new();
        for operation in [Operation::Read, Operation::List] {
            let headers = self.client.headers(service.address)?;
            let load = self.options.load(service.address, CONNECTIONS[0]);
            let measured = driver::run(load, world.requests(operation, &headers)?)?;
            rates.push((operation.title(), measured.per_second));
        }
        service.stop()?;
        Ok(rates)
    }
}

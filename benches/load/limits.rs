//! What the service is measured against.
//!
//! - [`Part::Bare`]: actix-web with a handler that answers bytes it has in memory. More than that
//!   no service on this framework can reach on this machine with this driver beside it.
//! - [`Part::Unaudited`]: the same read of a patient through the library (token, permit, query,
//!   decryption, JSON), but for the audit row.
//! - [`EngineAlone`]: the database's own rate for the same statements, see [`statements`].

mod statements;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, HttpServer, web};
use brobygger::platform::access::Permit;
use brobygger::platform::access::policy::PatientsRead;
use brobygger::platform::app::{App as Service, Cx};
use brobygger::platform::db::{DatabaseUrl, Engine};
use brobygger::platform::http::input::Path;
use brobygger::platform::http::middleware::around;
use brobygger::platform::http::reply::Reply;

use super::Outcome;
use super::operations::{Operation, World};
use super::report::Limit;
use super::seed;
use super::service::Place;
use statements::{Sample, Session};

/// A free port of this machine, which nobody else reaches.
const LOOPBACK: &str = "127.0.0.1:0";
/// The first argument of this program when it is one of its own parts.
const PART: &str = "--part";

/// A part that this program starts itself in, as a process of its own.
#[derive(Debug)]
pub(crate) enum Part {
    /// A handler that answers the content of `file`, whatever is asked.
    Bare {
        file: String,
        status: u16,
        workers: usize,
    },
    /// Reading a patient without an audit row.
    Unaudited {
        data_dir: String,
        url: String,
        workers: usize,
    },
}

impl Part {
    /// The part that these arguments ask for.
    pub(crate) fn of(arguments: &[String]) -> Outcome<Option<Self>> {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Ok(match *arguments.as_slice() {
            [PART, "bare", file, status, workers] => Some(Self::Bare {
                file: file.to_owned(),
                status: status.parse()?,
                workers: workers.parse()?,
            }),
            [PART, "unaudited", data_dir, url, workers] => Some(Self::Unaudited {
                data_dir: data_dir.to_owned(),
                url: url.to_owned(),
                workers: workers.parse()?,
            }),
            _ => None,
        })
    }

    /// The arguments that ask for this part.
    pub(crate) fn arguments(&self) -> Vec<String> {
        let (name, a, b, workers) = match self {
            Self::Bare {
                file,
                status,
                workers,
            } => ("bare", file.clone(), status.to_string(), workers),
            Self::Unaudited {
                data_dir,
                url,
                workers,
            } => ("unaudited", data_dir.clone(), url.clone(), workers),
        };
        let workers = workers.to_string();
        vec![PART.to_owned(), name.to_owned(), a, b, workers]
    }

    /// Serves until the process is ended.
    pub(crate) fn serve(self) -> Outcome {
        match self {
            Self::Bare {
                file,
                status,
                workers,
            } => {
                let body = web::Bytes::from(std::fs::read(file)?);
                let status = StatusCode::from_u16(status)?;
                let server = move || {
                    let body = body.clone();
                    App::new().default_service(web::to(move |_sent: web::Bytes| {
                        let body = body.clone();
                        async move {
                            HttpResponse::build(status)
                                .content_type("application/json")
                                .body(body)
                        }
                    }))
                };
                listen(move || {
                    let server = HttpServer::new(server).workers(workers).backlog(4096);
                    let server = server.bind(LOOPBACK)?;
                    Ok((server.addrs(), server.run()))
                })
            }
            Self::Unaudited {
                data_dir,
                url,
                workers,
            } => {
                let place = Place {
                    data_dir: data_dir.into(),
                    url,
                };
                let service = seed::open(&place)?;
                let server = move || {
                    App::new()
                        .app_data(web::Data::new(service.clone()))
                        .wrap(from_fn(around))
                        .service(
                            web::scope("/v1")
                                .route("/patients/{patientId}", web::get().to(read_unaudited)),
                        )
                };
                listen(move || {
                    let server = HttpServer::new(server).workers(workers).backlog(4096);
                    let server = server.bind(LOOPBACK)?;
                    Ok((server.addrs(), server.run()))
                })
            }
        }
    }
}

/// `GET /v1/patients/{patientId}` as the service does it, less the audit row.
async fn read_unaudited(
    app: Service,
    permit: Permit<PatientsRead>,
    id: Path<brobygger::patients::PatientId>,
) -> Result<Reply, brobygger::platform::error::Error> {
    let (inner, by) = (app.clone(), permit.on_behalf());
    app.db
        .point(move |conn| {
            let mut cx = Cx::new(&inner, &by.actor, &by.request, conn);
            let patient = brobygger::patients::find(&mut cx, id.0)?;
            let version = patient.version;
            let view = brobygger::patients::PatientView::of(patient, cx.scope());
            Ok(Reply::ok(&view)?.version(version))
        })
        .await
}

/// Serves until the process is ended; the address is printed for the one who started it.
fn listen(start: impl FnOnce() -> std::io::Result<(Vec<SocketAddr>, Server)>) -> Outcome {
    actix_web::rt::System::new().block_on(async move {
        let (addresses, server) = start()?;
        for address in addresses {
            println!("listens on http://{address}");
        }
        Ok(server.await?)
    })
}

/// The database without a service before it.
pub(crate) struct EngineAlone<'a> {
    /// Where it is.
    pub url: &'a DatabaseUrl,
    /// Whose statements.
    pub operation: Operation,
    /// How many requests at once.
    pub connections: usize,
    /// How many HTTP workers the service has.
    pub workers: usize,
    /// How long is measured.
    pub duration: Duration,
    /// What the service answered.
    pub answer: &'a [u8],
}

impl EngineAlone<'_> {
    /// Its rates: with a commit for each request, and on SQLite with one for as many requests as
    /// there are connections, which is more than any service can reach.
    pub(crate) fn measure(&self, world: &World) -> Outcome<Vec<Limit>> {
        // Once: what the engine writes alone looks like more of what the service wrote.
        let sample = Sample::read(self.url, self.operation, self.answer, world)?;
        let writes = matches!(self.operation, Operation::Create | Operation::Attempt);
        if !writes {
            return Ok(vec![self.rate("engine alone", &sample, 1)?]);
        }
        let mut limits = vec![self.rate("engine alone, one commit each", &sample, 1)?];
        if self.url.engine() == Engine::Sqlite {
            let name = "engine alone, one commit for all that wait";
            limits.push(self.rate(name, &sample, self.connections)?);
        }
        Ok(limits)
    }

    /// SQLite: as many reading connections as the service has workers, one writing connection (it
    /// takes no more). PostgreSQL: a connection for each request at a time.
    fn rate(&self, name: &'static str, sample: &Sample, together: usize) -> Outcome<Limit> {
        let writes = matches!(self.operation, Operation::Create | Operation::Attempt);
        let threads = match (self.url.engine(), writes) {
            (Engine::Sqlite, false) => self.workers,
            (Engine::Sqlite, true) => 1,
            (Engine::Postgresql, _) => self.connections,
        };
        let stop = AtomicBool::new(false);
        let mut sessions = (0..threads)
            .map(|n| Session::open(self.url, n))
            .collect::<Outcome<Vec<_>>>()?;
        for session in &mut sessions {
            for _ in 0..5 {
                session.request(sample, together)?;
            }
        }
        let started = Instant::now();
        let counts: Vec<Result<u64, String>> = std::thread::scope(|scope| {
            let running: Vec<_> = sessions
                .into_iter()
                .map(|mut session| {
                    let stop = &stop;
                    scope.spawn(move || {
                        let mut done = 0;
                        while !stop.load(Ordering::Relaxed) {
                            session
                                .request(sample, together)
                                .map_err(|error| error.to_string())?;
                            done += together as u64;
                        }
                        Ok(done)
                    })
                })
                .collect();
            std::thread::sleep(self.duration);
            stop.store(true, Ordering::Relaxed);
            running
                .into_iter()
                .map(|thread| {
                    thread
                        .join()
                        .unwrap_or_else(|_| Err("a thread panicked".to_owned()))
                })
                .collect()
        });
        let took = started.elapsed();
        let mut done = 0;
        for count in counts {
            done += count?;
        }
        Ok(Limit {
            name,
            per_second: done as f64 / took.as_secs_f64(),
        })
    }
}

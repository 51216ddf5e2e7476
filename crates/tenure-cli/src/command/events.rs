//! `tenure events` and `messages`: what other programs should know, and what people should be told.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::pin::pin;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use tenure_connector::Timer as _;
use tenure_governance::{Event, Governance, Sender, WebhookSecret, WebhookSpec};
use tenure_layers::TokioTimer;

use super::requests::{cannot, open};
use super::{Session, stop};
use crate::args::{EventsArgs, MessagesArgs};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::{Failure, chain};
use crate::present::{Paint, Tone};
use crate::project::{Project, secret_of};

pub(super) async fn run(session: &Session, args: &EventsArgs) -> Result<Exit, Failure> {
    let (governance, _) = open(session).await?;
    if args.deliver {
        let project = Project::load(&session.global.config)?;
        let post = Post::new(&project.config, &governance, session.now)?;
        let failed = deliver(session.paint, &governance, &post, session.now, Tell::Everything).await?;
        return Ok(if failed { Exit::InPart } else { Exit::Done });
    }
    let stopped = stop::signal();
    let (mut stopped, timer) = (pin!(stopped), TokioTimer::new());
    let mut after = position(&governance, &args.after).await?;
    loop {
        let events = governance.events(after, AT_ONCE).await.map_err(|e| cannot("read the events", &e))?;
        after = events.last().map_or(after, |last| last.sequence);
        let wanted = |event: &&Event| {
            let action = event.kind.trim_start_matches("tenure.");
            args.types.is_empty()
                || args.types.iter().any(|kind| action.starts_with(kind.trim_start_matches("tenure.")))
        };
        let written = print(events.iter().filter(wanted));
        match written {
            // Whoever read along has gone.
            Err(e) if args.follow && e.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Done),
            written => written.map_err(|e| Failure::failed("cannot write", e))?,
        }
        match (events.is_empty(), args.follow) {
            (true, false) => return Ok(Exit::Done),
            // Between two reads nothing is half written.
            (more, _) => tokio::select! {
                () = &mut stopped => return Ok(Exit::Done),
                () = timer.sleep(Duration::from_secs(if more { args.every } else { 0 })) => {}
            },
        }
    }
}

/// The position that is named by itself or by the id of an event.
async fn position(governance: &Governance, named: &str) -> Result<u64, Failure> {
    if let Ok(position) = named.parse() {
        return Ok(position);
    }
    let found = governance.position_of(named).await.map_err(|e| cannot("read the events", &e))?;
    found.ok_or_else(|| {
        let help = "give the `id` or the `sequence` of an event";
        Failure::usage(format!("there is no event `{named}`"), help)
    })
}

/// Prints events, whole lines only.
fn print<'a>(events: impl Iterator<Item = &'a Event>) -> io::Result<()> {
    let mut text = Vec::new();
    for event in events {
        serde_json::to_writer(&mut text, event)?;
        text.push(b'\n');
    }
    let mut out = io::stdout().lock();
    out.write_all(&text)?;
    out.flush()
}

pub(super) async fn messages(session: &Session, args: &MessagesArgs) -> Result<Exit, Failure> {
    let (governance, _) = open(session).await?;
    let messages = governance.outbox().await.map_err(|e| cannot("read the messages", &e))?;
    let mut out = io::stdout().lock();
    for message in &messages {
        line(&mut out, message)?;
    }
    if args.take {
        let taken = governance.sent(&messages, session.now).await;
        taken.map_err(|e| cannot("take the messages out of the outbox", &e))?;
    }
    Ok(Exit::Done)
}

fn line(out: &mut impl io::Write, value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|e| Failure::failed("cannot write an event", e))?;
    writeln!(out, "{text}").map_err(|e| Failure::failed("cannot write", e))
}

/// What is said of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tell {
    /// How far each webhook has come.
    Everything,
    /// Only what could not be sent just now.
    Failures,
}

/// Sends what has happened to the webhooks; whether one could not be reached.
pub(super) async fn deliver(
    paint: Paint,
    governance: &Governance,
    post: &Post,
    now: DateTime<Utc>,
    tell: Tell,
) -> Result<bool, Failure> {
    let mut failed = false;
    for (id, delivery) in governance.deliver(post, now).await.map_err(|e| cannot("deliver the events", &e))? {
        failed |= delivery.failures > 0;
        if delivery.failures > 0 {
            let next = delivery.next.map(|next| next.format("%Y-%m-%d %H:%M UTC").to_string());
            let word = paint.text(Tone::Bad, "not sent");
            println!("webhook {id}: {word}: {}; again at {}", delivery.error, next.unwrap_or_default());
        } else if tell == Tell::Everything {
            println!("webhook {id}: {} up to {}", paint.text(Tone::Good, "sent"), delivery.after);
        }
    }
    Ok(failed)
}

/// Posts events to webhooks, signed where the project file says with what.
pub(super) struct Post {
    client: reqwest::Client,
    secrets: BTreeMap<String, WebhookSecret>,
    now: DateTime<Utc>,
}

impl Post {
    /// # Errors
    /// A secret cannot be read, or the project file names a webhook that the rules do not have.
    pub(super) fn new(config: &Config, governance: &Governance, now: DateTime<Utc>) -> Result<Self, Failure> {
        let known = &governance.rules().document().webhooks;
        let mut secrets = BTreeMap::new();
        for (id, from) in &config.webhooks {
            if !known.iter().any(|webhook| webhook.id.as_str() == id) {
                let help = "name one of the `webhooks` of the rules of governance";
                return Err(Failure::usage(
                    format!("the project file has a secret for `{id}`, which is no webhook"),
                    help,
                ));
            }
            let secret = secret_of(from).map_err(|e| Failure::failed(format!("webhook `{id}`"), e))?;
            secrets.insert(id.clone(), WebhookSecret::new(&secret));
        }
        // Whoever answers with another address does not get what was meant for this one.
        let client = reqwest::Client::builder().timeout(PATIENCE).redirect(Policy::none()).build();
        let client = client.map_err(|e| Failure::failed("cannot set up webhooks", chain(&e)))?;
        Ok(Self { client, secrets, now })
    }

    /// The same at another moment.
    pub(super) fn at(&mut self, now: DateTime<Utc>) -> &Self {
        self.now = now;
        self
    }
}

#[async_trait]
impl Sender for Post {
    async fn send(&self, webhook: &WebhookSpec, events: &[Event]) -> Result<(), String> {
        let body = serde_json::to_vec(events).map_err(|e| e.to_string())?;
        // The same events have the same id, so that who gets them twice knows them.
        let id = events.last().map(|event| event.id.clone()).unwrap_or_default();
        let mut request = self
            .client
            .post(&webhook.url)
            .header(CONTENT_TYPE, "application/cloudevents-batch+json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", self.now.timestamp().to_string());
        if let Some(secret) = self.secrets.get(webhook.id.as_str()) {
            request = request.header("webhook-signature", secret.sign(&id, self.now, &body));
        }
        // The address may hold a secret of its own, so it is not told.
        let answer = request.body(body).send().await.map_err(|e| chain(&e.without_url()))?;
        match answer.status().is_success() {
            true => Ok(()),
            false => Err(format!("it answered {}", answer.status().as_u16())),
        }
    }
}

/// How many events are read at once.
const AT_ONCE: usize = 1_000;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(20);

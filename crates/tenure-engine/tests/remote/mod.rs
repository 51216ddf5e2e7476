//! A target that lives in one process and is asked by others over loopback, one JSON line a question.
#![allow(dead_code, reason = "each test file uses a part")]

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tenure_connector::memory::MemoryConnector;
use tenure_connector::*;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

#[derive(Debug, Serialize, Deserialize)]
enum Question {
    Get(ObjectRef, Fields),
    List(Box<ListQuery>),
    Apply(Box<WriteRequest>),
}

#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Got(Box<Object>),
    Listed(Page),
    Applied(Box<Outcome>),
    Failed(ConnectorError),
}

/// Answers until the listener is dropped. Takes a little time before and after each effect, so that whoever asks may die
/// in between.
pub(crate) async fn serve(listener: TcpListener, targets: Vec<MemoryConnector>) {
    let mut number = 0_u64;
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        number += 1;
        let (targets, pause) = (targets.clone(), Duration::from_micros(number * 7_919 % 50_000));
        tokio::spawn(async move { drop(answer(stream, &targets, pause).await) });
    }
}

async fn answer(stream: TcpStream, targets: &[MemoryConnector], pause: Duration) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let (at, question): (usize, Question) = serde_json::from_str(&line)?;
    let ctx = Context::new("remote");
    tokio::time::sleep(pause).await;
    let target = &targets[at];
    let answered = match question {
        Question::Get(object, fields) => {
            target.get(&ctx, &object, &fields).await.map(|found| Answer::Got(Box::new(found)))
        }
        Question::List(query) => target.list(&ctx, &query).await.map(Answer::Listed),
        Question::Apply(request) => {
            target.apply(&ctx, &request).await.map(|outcome| Answer::Applied(Box::new(outcome)))
        }
    };
    tokio::time::sleep(pause).await;
    let mut text = serde_json::to_string(&answered.unwrap_or_else(Answer::Failed))?;
    text.push('\n');
    stream.write_all(text.as_bytes()).await
}

/// The target as others see it.
#[derive(Debug)]
pub(crate) struct Remote {
    pub(crate) at: usize,
    pub(crate) port: u16,
    /// What it can do and how it describes itself.
    pub(crate) shape: MemoryConnector,
}

impl Remote {
    async fn ask(&self, question: Question) -> Result<Answer> {
        let lost = |_| ConnectorError::new(ErrorKind::Unavailable, Certainty::Unknown);
        let mut text = serde_json::to_string(&(self.at, question)).unwrap();
        text.push('\n');
        let mut stream = BufReader::new(TcpStream::connect(("127.0.0.1", self.port)).await.map_err(lost)?);
        stream.write_all(text.as_bytes()).await.map_err(lost)?;
        let mut line = String::new();
        stream.read_line(&mut line).await.map_err(lost)?;
        match serde_json::from_str(&line) {
            Ok(Answer::Failed(error)) => Err(error),
            Ok(answer) => Ok(answer),
            Err(_) => Err(ConnectorError::new(ErrorKind::Unavailable, Certainty::Unknown)),
        }
    }
}

fn odd() -> ConnectorError {
    ConnectorError::new(ErrorKind::Unavailable, Certainty::Unknown)
}

#[async_trait]
impl Connector for Remote {
    fn info(&self) -> ConnectorInfo {
        self.shape.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.shape.capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        self.shape.schema(ctx).await
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.shape.check(ctx).await
    }

    async fn get(&self, _: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        match self.ask(Question::Get(object.clone(), fields.clone())).await? {
            Answer::Got(found) => Ok(*found),
            _ => Err(odd()),
        }
    }

    async fn list(&self, _: &Context, query: &ListQuery) -> Result<Page> {
        match self.ask(Question::List(Box::new(query.clone()))).await? {
            Answer::Listed(page) => Ok(page),
            _ => Err(odd()),
        }
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.shape.changes(ctx, class, since).await
    }

    async fn apply(&self, _: &Context, request: &WriteRequest) -> Result<Outcome> {
        match self.ask(Question::Apply(Box::new(request.clone()))).await? {
            Answer::Applied(outcome) => Ok(*outcome),
            _ => Err(odd()),
        }
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.shape.poll(ctx, job).await
    }
}

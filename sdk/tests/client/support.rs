//! A transport with scripted responses that records its requests.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    time::Duration,
};

use relatch::{
    Client, Code, Error, LinkToken, Password, Problem, RetryPolicy, Transport, TransportError,
    http::{Request, Response},
    token::{TOKEN_BYTES, VERSION},
};

pub const SERVICE: &str = "https://accounts.example.com";
pub const PASSWORD: &str = "correct horse battery staple";
pub const IDENTIFIER: &str = "peter@example.com";

pub type Answer = Result<Response<Vec<u8>>, TransportError>;

/// Responds from a list. Delays return at once and advance its clock.
#[derive(Default)]
pub struct Script {
    answers: RefCell<VecDeque<Answer>>,
    pub requests: RefCell<Vec<Request<Vec<u8>>>>,
    pub waits: RefCell<Vec<Duration>>,
    /// The duration of each exchange.
    pub exchange: Cell<Duration>,
    clock: Cell<Duration>,
}

impl Script {
    pub fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: RefCell::new(answers.into_iter().collect()), ..Self::default() }
    }
}

impl Transport for &Script {
    async fn send(&self, request: Request<Vec<u8>>) -> Answer {
        self.requests.borrow_mut().push(request);
        self.clock.set(self.clock.get().saturating_add(self.exchange.get()));
        self.answers.borrow_mut().pop_front().expect("a response for each request")
    }

    async fn sleep(&self, wait: Duration) {
        self.waits.borrow_mut().push(wait);
        self.clock.set(self.clock.get().saturating_add(wait));
    }

    fn now(&self) -> Duration {
        self.clock.get()
    }
}

pub fn client(script: &Script) -> Client<&Script> {
    Client::builder(SERVICE).transport(script).build().unwrap()
}

pub fn client_without_retries(script: &Script) -> Client<&Script> {
    Client::builder(SERVICE).transport(script).retry(RetryPolicy::none()).build().unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "other answers are errors")]
pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Ok(Response::builder().status(status).body(body.into()).unwrap())
}

pub fn problem(problem: impl Into<Problem>) -> Answer {
    let problem = problem.into();
    let mut response = answer(problem.status, serde_json::to_vec(&problem).unwrap())?;
    response.headers_mut().insert("content-type", "application/problem+json".parse().unwrap());
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    Ok(response)
}

pub fn changed() -> Answer {
    answer(200, r#"{"message":"changed"}"#)
}

pub fn token() -> LinkToken {
    let mut bytes = [0xa7; TOKEN_BYTES];
    bytes[0] = VERSION;
    LinkToken::from_bytes(bytes)
}

pub async fn confirm<T: Transport>(client: &Client<T>) -> Result<String, Error> {
    client.confirm(&token(), &Password::from(PASSWORD)).await.map(|done| done.message)
}

/// Returns the `Display` and `Debug` output of an error and of its source.
pub fn printed(error: &Error) -> String {
    let source = std::error::Error::source(error).map(|source| format!("{source} {source:?}"));
    format!("{error} {error:?} {}", source.unwrap_or_default())
}

pub fn code(result: Result<String, Error>) -> Option<Code> {
    result.unwrap_err().code()
}

//! The calls: one method each, over any transport.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use http::{
    HeaderValue, Method,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    AnswerError, AnswerFault, BuildError, Error, LinkToken, Password, PasswordRules, Refusal, Retry, SessionToken,
    TransportError,
    base_url::BaseUrl,
    retry::wait_after,
    transport::{DefaultTransport, LONGEST_ANSWER, Standard, Transport},
    wire::{ChangePassword, CheckLink, ConfirmReset, LinkState, Message, RequestReset, TokenText, path},
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const JSON_OR_PROBLEM: HeaderValue = HeaderValue::from_static("application/json, application/problem+json");
const OWN_NAME: HeaderValue = HeaderValue::from_static(concat!("relatch/", env!("CARGO_PKG_VERSION")));

/// A client of one service, or of one of its applications.
///
/// Keep one and share it: it reuses its connections, and a clone shares them too. Each call has one time-out over all
/// of its attempts (10 seconds unless set otherwise), and is made again as [`Retry`] says. A call that is dropped is
/// given up; whether the service got it is then not known.
///
/// ```no_run
/// # #[cfg(feature = "native")]
/// # async fn reset() -> Result<(), Box<dyn std::error::Error>> {
/// use relatch::{Client, Code, Error, LinkToken, Password};
///
/// let client = Client::new("https://accounts.example.com")?;
/// client.request("peter@example.com").await?;
///
/// // Later, with the link from the mail:
/// let token = LinkToken::from_url("https://accounts.example.com/password/reset?token=…")?;
/// client.check(&token).await?;
/// match client.confirm(&token, &Password::from("correct horse battery staple")).await {
///     Ok(done) => println!("{}", done.message),
///     Err(Error::Refused(refusal)) if refusal.code == Code::PasswordRejected => {
///         println!("choose another: {:?}", refusal.reasons);
///     }
///     Err(error) => return Err(error.into()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client<T = DefaultTransport> {
    base_url: BaseUrl,
    timeout: Duration,
    user_agent: HeaderValue,
    retry: Retry,
    transport: T,
}

impl Client {
    /// A client with reqwest and every default. The base URL is `https://host`, with a port and a path prefix if need
    /// be; plain http only to `localhost`, `127.0.0.1` and `[::1]`.
    #[cfg(all(feature = "native", not(target_arch = "wasm32")))]
    pub fn new(base_url: &str) -> Result<Self, BuildError> {
        Self::builder(base_url).build()
    }

    /// A client with choices of your own.
    ///
    /// ```
    /// # #[cfg(feature = "native")]
    /// # fn build() -> Result<(), relatch::BuildError> {
    /// use std::time::Duration;
    /// use relatch::{Client, Retry};
    ///
    /// let client = Client::builder("https://accounts.example.com")
    ///     .application("shop")
    ///     .timeout(Duration::from_secs(5))
    ///     .user_agent("shop-backend/1.4")
    ///     .retry(Retry::default().attempts(2))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.into(),
            application: None,
            timeout: Duration::from_secs(10),
            user_agent: None,
            retry: Retry::default(),
            transport: Standard::default(),
        }
    }
}

impl<T: Transport> Client<T> {
    /// Asks for a mail with a reset link, for an e-mail address or user name, or a [`ResetRequest`] with a language.
    ///
    /// The answer is the same whether or not there is such an account: show its message as it is. Refused with
    /// `request_invalid` where the identifier cannot be one at all, and with `too_many_requests`.
    pub async fn request(&self, request: impl Into<ResetRequest>) -> Result<Message, Error> {
        let ResetRequest { identifier, locale } = request.into();
        let sent = identifier.clone();
        let body = RequestReset { identifier: Some(identifier), locale, ..RequestReset::default() };
        self.post(path::REQUEST, &body, &[&sent]).await
    }

    /// Asks whether the link could be used now, and until when. Never uses it.
    ///
    /// Refused with `link_invalid`, `link_expired` or `link_used`.
    pub async fn check(&self, token: &LinkToken) -> Result<LinkState, Error> {
        let body = CheckLink { token: TokenText::from(token.expose()) };
        self.post(path::CHECK, &body, &[token.expose()]).await
    }

    /// Sets the new password. The link is used up by that, and only by that.
    ///
    /// Refused as [`check`](Self::check) is; with `password_rejected`, and then the link still works; or with
    /// `link_busy` while another confirm of the link is under way. After [`Error::Transport`] the password may or may
    /// not have been set: confirm again with the same password, and the answer is that of the first time.
    pub async fn confirm(&self, token: &LinkToken, password: &Password) -> Result<Message, Error> {
        let body = ConfirmReset {
            token: TokenText::from(token.expose()),
            password: Some(password.clone()),
            plain_password: None,
        };
        self.post(path::CONFIRM, &body, &[token.expose(), password.expose()]).await
    }

    /// The rules that the service holds passwords to. [`PasswordRules::reasons_against`] applies them here, while
    /// someone types; the service also refuses words of the account's own.
    pub async fn rules(&self) -> Result<PasswordRules, Error> {
        let call = Call {
            method: Method::GET,
            path: path::RULES,
            body: Vec::new(),
            sent: &[],
            session: None,
            retry: self.retry,
        };
        self.call(call).await
    }

    /// Changes the password of whoever this session is of, who knows the old one. This session stays, all others end.
    ///
    /// Refused with `not_signed_in`, `old_password_wrong`, `password_rejected`, `change_busy`, and with
    /// `too_many_requests` after several wrong old passwords. Never made a second time by itself: after
    /// [`Error::Transport`] the password may or may not have been changed, and if it was, the same call is refused with
    /// `old_password_wrong`.
    pub async fn change(&self, session: &SessionToken, old: &Password, new: &Password) -> Result<Message, Error> {
        let body = ChangePassword { old: old.clone(), new: new.clone() };
        let call = Call {
            method: Method::POST,
            path: path::CHANGE,
            body: serde_json::to_vec(&body).map_err(TransportError::new)?,
            sent: &[session.expose(), old.expose(), new.expose()],
            session: Some(session),
            retry: Retry::never(),
        };
        self.call(call).await
    }

    async fn post<A: DeserializeOwned>(&self, path: &str, body: &impl Serialize, sent: &[&str]) -> Result<A, Error> {
        let body = serde_json::to_vec(body).map_err(TransportError::new)?;
        self.call(Call { method: Method::POST, path, body, sent, session: None, retry: self.retry }).await
    }

    /// One call: as many attempts as make sense within its time-out.
    async fn call<A: DeserializeOwned>(&self, call: Call<'_>) -> Result<A, Error> {
        let mut deadline = pin!(self.transport.deadline(self.timeout));
        let mut attempts = pin!(self.attempts(call));
        poll_fn(|context| {
            if let Poll::Ready(result) = attempts.as_mut().poll(context) {
                return Poll::Ready(result);
            }
            deadline.as_mut().poll(context).map(|()| Err(TransportError::timed_out().into()))
        })
        .await
    }

    async fn attempts<A: DeserializeOwned>(&self, call: Call<'_>) -> Result<A, Error> {
        let start = self.transport.now();
        let mut waited = Duration::ZERO;
        let mut back_offs = call.retry.waits();
        loop {
            let failure = match self.attempt(&call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let Some(wait) = back_offs.next().and_then(|back_off| wait_after(&failure, back_off)) else {
                return Err(failure);
            };
            // A transport without a clock still knows how long it was told to wait.
            let passed = self.transport.now().saturating_sub(start).max(waited);
            if wait >= self.timeout.saturating_sub(passed) {
                return Err(failure);
            }
            self.transport.sleep(wait).await;
            waited = waited.saturating_add(wait);
        }
    }

    async fn attempt<A: DeserializeOwned>(&self, call: &Call<'_>) -> Result<A, Error> {
        let mut request = http::Request::builder()
            .method(&call.method)
            .uri(self.base_url.join(call.path))
            .header(ACCEPT, JSON_OR_PROBLEM)
            .header(USER_AGENT, self.user_agent.clone());
        if !call.body.is_empty() {
            request = request.header(CONTENT_TYPE, JSON);
        }
        if let Some(session) = call.session {
            let text = ["Bearer ", session.expose()].concat();
            let mut bearer = HeaderValue::from_str(&text).map_err(TransportError::new)?;
            bearer.set_sensitive(true);
            request = request.header(AUTHORIZATION, bearer);
        }
        let request = request.body(call.body.clone()).map_err(TransportError::new)?;
        read(&self.transport.send(request).await?, call.sent)
    }
}

/// What is sent, as often as it is.
struct Call<'a> {
    method: Method,
    path: &'a str,
    body: Vec<u8>,
    /// What an answer must not repeat.
    sent: &'a [&'a str],
    session: Option<&'a SessionToken>,
    retry: Retry,
}

/// The result of the call, its refusal, or neither.
fn read<A: DeserializeOwned>(response: &http::Response<Vec<u8>>, sent: &[&str]) -> Result<A, Error> {
    let status = response.status();
    let fault = |fault| Error::Answer(AnswerError { status: status.as_u16(), fault });
    if response.body().len() > LONGEST_ANSWER {
        return Err(fault(AnswerFault::TooLong));
    }
    if status.is_success() {
        // The parser's own error is dropped: it quotes what it read.
        return serde_json::from_slice(response.body()).map_err(|_| fault(AnswerFault::NotUnderstood));
    }
    if status.is_redirection() {
        return Err(fault(AnswerFault::Redirect));
    }
    if !(status.is_client_error() || status.is_server_error()) {
        return Err(fault(AnswerFault::NotUnderstood));
    }
    Err(Refusal::read(response, sent).map_or_else(|| fault(AnswerFault::NotUnderstood), Error::Refused))
}

impl<T> std::fmt::Debug for Client<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Client")
            .field("base_url", &self.base_url.as_str())
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// Builds a [`Client`]; made by [`Client::builder`].
#[must_use = "nothing is built until `build` is called"]
pub struct ClientBuilder<T = Standard> {
    base_url: String,
    application: Option<String>,
    timeout: Duration,
    user_agent: Option<String>,
    retry: Retry,
    transport: T,
}

impl<T> ClientBuilder<T> {
    /// Which of the service's applications to call: its paths then begin with `/apps/{id}`. Without one it is the
    /// default application, or that of the base URL's host. 1 to 64 ASCII letters, digits, `-` and `_`. A service
    /// that knows no application of that name answers `not_found`.
    pub fn application(mut self, id: impl Into<String>) -> Self {
        self.application = Some(id.into());
        self
    }

    /// How long a call may take, all attempts and waits together. 10 seconds unless set. It is kept by the transport's
    /// timer: a closure has none.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The `User-Agent` header. `relatch/` and the version unless set.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// When and how often a call is made again.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Sends the requests through this instead: an async closure, or a type of your own.
    pub fn transport<N: Transport>(self, transport: N) -> ClientBuilder<N> {
        self.over(transport)
    }

    fn over<N>(self, transport: N) -> ClientBuilder<N> {
        let Self { base_url, application, timeout, user_agent, retry, transport: _ } = self;
        ClientBuilder { base_url, application, timeout, user_agent, retry, transport }
    }

    fn base_url(&self) -> Result<BaseUrl, BuildError> {
        let base_url = BaseUrl::parse(&self.base_url)?;
        match &self.application {
            Some(id) => base_url.application(id),
            None => Ok(base_url),
        }
    }
}

impl<T: Transport> ClientBuilder<T> {
    /// Builds the client, or says what is wrong with a choice.
    pub fn build(self) -> Result<Client<T>, BuildError> {
        let user_agent = match &self.user_agent {
            Some(name) => HeaderValue::from_str(name).map_err(|_| BuildError::UserAgent)?,
            None => OWN_NAME,
        };
        Ok(Client {
            base_url: self.base_url()?,
            timeout: self.timeout,
            user_agent,
            retry: self.retry,
            transport: self.transport,
        })
    }
}

#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
impl ClientBuilder {
    /// Builds the client, or says what is wrong with a choice.
    pub fn build(self) -> Result<Client, BuildError> {
        let base_url = self.base_url()?;
        let mut choices = self;
        let reqwest = std::mem::take(&mut choices.transport.reqwest);
        let transport = crate::Reqwest::build(reqwest, &base_url)?;
        choices.over(transport).build()
    }

    /// A reqwest client of your own: proxies, certificates, connection limits. A builder and not a client, so that
    /// redirects can be switched off, whatever it says about them. Plain http, which goes to this machine only, uses no
    /// proxy.
    pub fn reqwest(mut self, reqwest: reqwest::ClientBuilder) -> Self {
        self.transport.reqwest = reqwest;
        self
    }
}

impl<T> std::fmt::Debug for ClientBuilder<T> {
    /// Leaves the base URL out: it was not looked at yet, and may hold a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ClientBuilder")
            .field("application", &self.application)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// Whose password is to be reset. A bare `&str` or `String` is one too.
///
/// ```
/// # #[cfg(feature = "native")]
/// # async fn ask(client: relatch::Client) -> Result<(), relatch::Error> {
/// use relatch::ResetRequest;
///
/// client.request(ResetRequest::new("peter@example.com").locale("de-AT")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ResetRequest {
    identifier: String,
    locale: Option<String>,
}

impl ResetRequest {
    /// For this e-mail address or user name, as it was typed.
    #[must_use]
    pub fn new(identifier: impl Into<String>) -> Self {
        Self { identifier: identifier.into(), locale: None }
    }

    /// The language the mail should be in (BCP 47), where the account has none of its own. A service whose mails are in
    /// one language only, as they are for now, checks it and goes on.
    #[must_use]
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = Some(locale.into());
        self
    }
}

impl From<&str> for ResetRequest {
    fn from(identifier: &str) -> Self {
        Self::new(identifier)
    }
}

impl From<&String> for ResetRequest {
    fn from(identifier: &String) -> Self {
        Self::new(identifier)
    }
}

impl From<String> for ResetRequest {
    fn from(identifier: String) -> Self {
        Self::new(identifier)
    }
}

impl std::fmt::Debug for ResetRequest {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ResetRequest").field("locale", &self.locale).finish_non_exhaustive()
    }
}

//! The calls: one method each, over any transport.

use std::{borrow::ToOwned as _, future::poll_fn, pin::pin, string::String, task::Poll, time::Duration, vec::Vec};

use http::{HeaderValue, Method, header};

use crate::{
    BuildError, Error, LinkToken, Password, PasswordRules, ResetRequest, Retry, SessionToken, TransportError,
    base_url::BaseUrl,
    call::{ACCEPT, Answer, Body, CONTENT_TYPE, Call, Incoming, LONGEST_ANSWER},
    json::{Object, write},
    transport::{DefaultTransport, Standard, Transport},
    wire::{LinkState, Message},
};

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
        self.call(&Call::request(&identifier, locale.as_deref())).await
    }

    /// Asks whether the link could be used now, and until when. Never uses it.
    ///
    /// Refused with `link_invalid`, `link_expired` or `link_used`.
    pub async fn check(&self, token: &LinkToken) -> Result<LinkState, Error> {
        self.call(&Call::check(token)).await
    }

    /// Sets the new password. The link is used up by that, and only by that.
    ///
    /// Refused as [`check`](Self::check) is; with `password_rejected`, and then the link still works; or with
    /// `link_busy` while another confirm of the link is under way. After [`Error::Transport`] the password may or may
    /// not have been set: confirm again with the same password, and the answer is that of the first time.
    pub async fn confirm(&self, token: &LinkToken, password: &Password) -> Result<Message, Error> {
        self.call(&Call::confirm(token, password.expose())).await
    }

    /// The rules that the service holds passwords to. [`PasswordRules::reasons_against`] applies them here, while
    /// someone types; the service also refuses words of the account's own.
    pub async fn rules(&self) -> Result<PasswordRules, Error> {
        self.call(&Call::rules()).await
    }

    /// Changes the password of whoever this session is of, who knows the old one. This session stays, all others end.
    ///
    /// Refused with `not_signed_in`, `old_password_wrong`, `password_rejected`, `change_busy`, and with
    /// `too_many_requests` after several wrong old passwords. Never made a second time by itself: after
    /// [`Error::Transport`] the password may or may not have been changed, and if it was, the same call is refused with
    /// `old_password_wrong`.
    pub async fn change(&self, session: &SessionToken, old: &Password, new: &Password) -> Result<Message, Error> {
        self.call(&Call::change(Some(session.expose()), old.expose(), new.expose())).await
    }

    /// One call: as many attempts as make sense within its time-out.
    async fn call<A: Answer>(&self, call: &Call<'_>) -> Result<A, Error> {
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

    async fn attempts<A: Answer>(&self, call: &Call<'_>) -> Result<A, Error> {
        let retry = if call.is_repeatable() { self.retry } else { Retry::never() };
        let start = self.transport.now();
        let mut waited = Duration::ZERO;
        let mut attempts = 1;
        loop {
            let failure = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            // A transport without a clock still knows how long it was told to wait.
            let passed = self.transport.now().saturating_sub(start).max(waited);
            let Some(wait) = retry.wait_after(attempts, &failure, self.timeout.saturating_sub(passed)) else {
                return Err(failure);
            };
            self.transport.sleep(wait).await;
            waited = waited.saturating_add(wait);
            attempts = attempts.saturating_add(1);
        }
    }

    async fn attempt<A: Answer>(&self, call: &Call<'_>) -> Result<A, Error> {
        let fields: Vec<_> = call.fields().collect();
        let mut request = http::Request::builder()
            .method(if fields.is_empty() { Method::GET } else { Method::POST })
            .uri(self.base_url.join(call.path()))
            .header(header::ACCEPT, ACCEPT)
            .header(header::USER_AGENT, self.user_agent.clone());
        if !fields.is_empty() {
            request = request.header(header::CONTENT_TYPE, CONTENT_TYPE);
        }
        if let Some(text) = call.authorization() {
            let mut value = HeaderValue::from_str(&text).map_err(TransportError::new)?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let body = if fields.is_empty() { Vec::new() } else { write(&fields) };
        let request = request.body(body).map_err(TransportError::new)?;
        call.read(&incoming(&self.transport.send(request).await?))
    }
}

fn incoming(response: &http::Response<Vec<u8>>) -> Incoming<Object> {
    let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let body = response.body();
    Incoming {
        status: response.status().as_u16(),
        retry_after: retry_after.map(str::to_owned),
        body: if body.len() > LONGEST_ANSWER {
            Body::TooLong
        } else {
            Object::parse(body).map_or(Body::Other, Body::Fields)
        },
    }
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
        BaseUrl::parse(&self.base_url, self.application.as_deref())
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

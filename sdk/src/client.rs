//! The client: one method for each call, over any transport.

use std::{
    borrow::ToOwned as _,
    future::poll_fn,
    net::IpAddr,
    pin::pin,
    string::{String, ToString as _},
    task::Poll,
    time::Duration,
    vec::Vec,
};

use http::{HeaderValue, Method, header};

use crate::{
    BuildError, Error, LinkToken, Password, PasswordRules, ResetRequest, RetryPolicy, ServerKey,
    SessionToken, TransportError,
    api_call::{ApiCall, ApiResponse, FromJson, MAX_RESPONSE_BYTES, ResponseBody, read},
    base_url::BaseUrl,
    default_transport::{DefaultTransport, Unset},
    json::ParsedObject,
    transport::Transport,
    wire::{LinkState, Message, VISITOR_ADDRESS},
};

const DEFAULT_USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("relatch/", env!("CARGO_PKG_VERSION")));
const ACCEPT: &str = "application/json, application/problem+json";
const CONTENT_TYPE: &str = "application/json";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one service, or of one of its applications.
///
/// Create one client and share it: it reuses connections, and so do its clones. Each call has one
/// time-out for all of its attempts (10 seconds by default), and is retried as its [`RetryPolicy`]
/// says. Dropping a call cancels it; whether the service received the request is then unknown.
///
/// Every call can fail with [`Error::Transport`], [`Error::Protocol`], and with the codes
/// `not_found`, `misconfigured`, and `unavailable`. Each method lists its further codes.
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
///         println!("Choose another password: {:?}", refusal.reasons);
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
    retry: RetryPolicy,
    visitor: Option<Visitor>,
    transport: T,
}

/// What names the visitor for whom a server calls.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) key: ServerKey,
    pub(crate) address: IpAddr,
}

/// Reads the response to a call.
type Read<R> = fn(&ApiCall<'_>, &ApiResponse<ParsedObject>) -> Result<R, Error>;

impl Client {
    /// Creates a client with the default options: over reqwest, or in a JavaScript host over its
    /// `fetch`.
    ///
    /// The base URL is `https://host`, optionally with a port and a path prefix. Plain HTTP is
    /// allowed only for `localhost`, `127.0.0.1`, and `[::1]`.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the base URL cannot be used, or reqwest cannot be set up.
    ///
    /// ```
    /// use relatch::{BuildError, Client};
    ///
    /// let client = Client::new("https://accounts.example.com/auth")?;
    /// assert!(matches!(Client::new("http://example.com"), Err(BuildError::BaseUrl(_))));
    /// # Ok::<(), BuildError>(())
    /// ```
    #[cfg(feature = "native")]
    pub fn new(base_url: &str) -> Result<Self, BuildError> {
        Self::builder(base_url).build()
    }

    /// Returns a builder for a client with other options.
    ///
    /// ```
    /// # #[cfg(feature = "native")]
    /// # fn build() -> Result<(), relatch::BuildError> {
    /// use std::time::Duration;
    /// use relatch::{Client, RetryPolicy};
    ///
    /// let client = Client::builder("https://accounts.example.com")
    ///     .application("shop")
    ///     .timeout(Duration::from_secs(5))
    ///     .user_agent("shop-backend/1.4")
    ///     .retry(RetryPolicy::default().max_attempts(2))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.into(),
            application: None,
            timeout: DEFAULT_TIMEOUT,
            user_agent: None,
            retry: RetryPolicy::default(),
            transport: Unset::default(),
        }
    }
}

impl<T: Transport> Client<T> {
    /// Requests a mail with a reset link, for an e-mail address or user name, or a [`ResetRequest`]
    /// with a language.
    ///
    /// The response is the same whether or not the account exists. Show its message unchanged.
    ///
    /// # Errors
    ///
    /// [`Error`]. Codes of a refusal are `request_invalid` if the text cannot be an identifier, and
    /// `too_many_requests`.
    ///
    /// ```no_run
    /// # async fn request(
    /// #     client: relatch::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// let response = client.request("peter@example.com").await?;
    /// println!("{}", response.message);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn request(&self, request: impl Into<ResetRequest>) -> Result<Message, Error> {
        let ResetRequest { identifier, locale, captcha } = request.into();
        let (locale, captcha) = (locale.as_deref(), captcha.as_deref());
        self.call(&ApiCall::request(&identifier, locale, captcha)).await
    }

    /// Checks whether a link can be used, and until when. Never uses the link.
    ///
    /// # Errors
    ///
    /// [`Error`]. Codes of a refusal are `link_invalid`, `link_expired`, and `link_used`.
    ///
    /// ```no_run
    /// # async fn check(
    /// #     client: relatch::Client<impl relatch::Transport>,
    /// #     token: relatch::LinkToken,
    /// # ) -> Result<(), relatch::Error> {
    /// let link = client.check(&token).await?;
    /// println!("The link can be used until {}", link.expires_at);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn check(&self, token: &LinkToken) -> Result<LinkState, Error> {
        self.call(&ApiCall::check(token)).await
    }

    /// Sets the new password. Success uses the link; a rejected password does not.
    ///
    /// After [`Error::Transport`] it is unknown whether the password was set. Repeat the call with
    /// the same password: if it was set, the response is the same success.
    ///
    /// # Errors
    ///
    /// [`Error`]. Codes of a refusal are `link_invalid`, `link_expired`, `link_used`, `link_busy`
    /// while another confirm of the link is in progress, and `password_rejected` with the reasons.
    ///
    /// ```no_run
    /// # async fn confirm(
    /// #     client: relatch::Client<impl relatch::Transport>,
    /// #     token: relatch::LinkToken,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::{Error, Password};
    ///
    /// let password = Password::from("correct horse battery staple");
    /// match client.confirm(&token, &password).await {
    ///     Ok(done) => println!("{}", done.message),
    ///     Err(Error::Refused(refusal)) => println!("{refusal} {:?}", refusal.reasons),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn confirm(&self, token: &LinkToken, password: &Password) -> Result<Message, Error> {
        self.call(&ApiCall::confirm(token, password.expose())).await
    }

    /// Changes the password of the account that is signed in with this session. The session stays
    /// valid; all others end.
    ///
    /// A change is not retried. After [`Error::Transport`] it is unknown whether the password was
    /// changed. If it was, a repeated call is refused with `old_password_wrong`.
    ///
    /// # Errors
    ///
    /// [`Error`]. Codes of a refusal are `not_signed_in`, `old_password_wrong`, `password_rejected`
    /// with the reasons, `change_busy` while another change is in progress, and `too_many_requests`
    /// after several wrong old passwords.
    ///
    /// ```no_run
    /// # async fn change(
    /// #     client: relatch::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// use relatch::{Password, SessionToken};
    ///
    /// let session = SessionToken::from("the token of the application's session");
    /// let old = Password::from("the old password");
    /// let new = Password::from("correct horse battery staple");
    /// client.change(&session, &old, &new).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn change(
        &self,
        session: &SessionToken,
        old: &Password,
        new: &Password,
    ) -> Result<Message, Error> {
        self.call(&ApiCall::change(Some(session.expose()), old.expose(), new.expose())).await
    }

    /// Returns the password rules of the service.
    ///
    /// [`PasswordRules::reasons_against`] applies them during input. The service also rejects
    /// passwords that consist of the account's own terms.
    ///
    /// # Errors
    ///
    /// [`Error`]. A code of a refusal is `not_found` if the service has no such application.
    ///
    /// ```no_run
    /// # async fn rules(
    /// #     client: relatch::Client<impl relatch::Transport>,
    /// # ) -> Result<(), relatch::Error> {
    /// let rules = client.rules().await?;
    /// println!("At least {} characters", rules.min_length);
    /// assert!(rules.reasons_against("correct horse battery staple", &[]).is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn rules(&self) -> Result<PasswordRules, Error> {
        self.call(&ApiCall::rules()).await
    }

    /// Returns a client of the same service that names a visitor in each of its calls.
    pub(crate) fn with_visitor(&self, visitor: Visitor) -> Self
    where
        T: Clone,
    {
        Self { visitor: Some(visitor), ..self.clone() }
    }

    async fn call<R: FromJson>(&self, call: &ApiCall<'_>) -> Result<R, Error> {
        self.call_and_read(call, read).await
    }

    /// Makes one call: as many attempts as the policy allows within the time-out.
    pub(crate) async fn call_and_read<R>(
        &self,
        call: &ApiCall<'_>,
        read: Read<R>,
    ) -> Result<R, Error> {
        let mut deadline = pin!(self.transport.deadline(self.timeout));
        let mut attempts = pin!(self.call_with_retries(call, read));
        poll_fn(|context| {
            if let Poll::Ready(result) = attempts.as_mut().poll(context) {
                return Poll::Ready(result);
            }
            deadline.as_mut().poll(context).map(|()| Err(TransportError::timed_out().into()))
        })
        .await
    }

    async fn call_with_retries<R>(&self, call: &ApiCall<'_>, read: Read<R>) -> Result<R, Error> {
        let retry = if call.is_retryable() { self.retry } else { RetryPolicy::none() };
        let start = self.transport.now();
        let mut delayed = Duration::ZERO;
        let mut attempts = 1;
        loop {
            let failure = match self.call_once(call, read).await {
                Ok(result) => return Ok(result),
                Err(failure) => failure,
            };
            // The default clock does not advance, but the delays are known.
            let elapsed = self.transport.now().saturating_sub(start).max(delayed);
            let remaining = self.timeout.saturating_sub(elapsed);
            let Some(delay) = retry.next_delay(attempts, &failure, remaining) else {
                return Err(failure);
            };
            self.transport.sleep(delay).await;
            delayed = delayed.saturating_add(delay);
            attempts = attempts.saturating_add(1);
        }
    }

    async fn call_once<R>(&self, call: &ApiCall<'_>, read: Read<R>) -> Result<R, Error> {
        let body = call.body();
        let mut request = http::Request::builder()
            .method(if body.is_empty() { Method::GET } else { Method::POST })
            .uri(self.base_url.join(&call.target()))
            .header(header::ACCEPT, ACCEPT)
            .header(header::USER_AGENT, self.user_agent.clone());
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, CONTENT_TYPE);
        }
        if let Some(text) = call.authorization() {
            request = request.header(header::AUTHORIZATION, secret_header(&text)?);
        } else if let Some(Visitor { key, address }) = &self.visitor {
            let bearer = ["Bearer ", key.expose()].concat();
            request = request
                .header(header::AUTHORIZATION, secret_header(&bearer)?)
                .header(VISITOR_ADDRESS, address.to_string());
        }
        let request = request.body(body).map_err(TransportError::new)?;
        read(call, &api_response(&self.transport.send(request).await?))
    }
}

/// Returns the value of a header that `Debug` does not print.
fn secret_header(text: &str) -> Result<HeaderValue, TransportError> {
    let mut value = HeaderValue::from_str(text).map_err(TransportError::new)?;
    value.set_sensitive(true);
    Ok(value)
}

fn api_response(response: &http::Response<Vec<u8>>) -> ApiResponse<ParsedObject> {
    let retry_after =
        response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let body = response.body();
    ApiResponse {
        status: response.status().as_u16(),
        retry_after: retry_after.map(str::to_owned),
        body: if body.len() > MAX_RESPONSE_BYTES {
            ResponseBody::TooLarge
        } else {
            ParsedObject::parse(body).map_or(ResponseBody::Other, ResponseBody::Object)
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

/// Builds a [`Client`]. [`Client::builder`] creates it and has an example.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder<T = Unset> {
    base_url: String,
    application: Option<String>,
    timeout: Duration,
    user_agent: Option<String>,
    retry: RetryPolicy,
    transport: T,
}

impl<T> ClientBuilder<T> {
    /// Sets the [`ApplicationId`](crate::ApplicationId) of the application to call; its paths start
    /// with `/apps/{id}`. Without one the client calls the default application, or the one that the
    /// host of the base URL belongs to. A service without that application responds with
    /// `not_found`.
    ///
    /// ```
    /// # #[cfg(feature = "native")] {
    /// use relatch::Client;
    ///
    /// let client = Client::builder("https://accounts.example.com").application("shop").build()?;
    /// # }
    /// # Ok::<(), relatch::BuildError>(())
    /// ```
    pub fn application(mut self, id: impl Into<String>) -> Self {
        self.application = Some(id.into());
        self
    }

    /// Sets the time-out of a call, including all attempts and delays. The default is 10 seconds.
    /// The timer of the transport enforces it; a closure has none.
    ///
    /// ```
    /// # #[cfg(feature = "native")] {
    /// use std::time::Duration;
    /// use relatch::Client;
    ///
    /// let timeout = Duration::from_secs(5);
    /// let client = Client::builder("https://accounts.example.com").timeout(timeout).build()?;
    /// # }
    /// # Ok::<(), relatch::BuildError>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the `User-Agent` header. The default is `relatch/` and the version. A browser sends its
    /// own.
    ///
    /// ```
    /// # #[cfg(feature = "native")] {
    /// use relatch::Client;
    ///
    /// let client = Client::builder("https://accounts.example.com")
    ///     .user_agent("shop-backend/1.4")
    ///     .build()?;
    /// # }
    /// # Ok::<(), relatch::BuildError>(())
    /// ```
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = Some(user_agent.into());
        self
    }

    /// Sets the retry policy.
    ///
    /// ```
    /// # #[cfg(feature = "native")] {
    /// use relatch::{Client, RetryPolicy};
    ///
    /// let client = Client::builder("https://accounts.example.com")
    ///     .retry(RetryPolicy::none())
    ///     .build()?;
    /// # }
    /// # Ok::<(), relatch::BuildError>(())
    /// ```
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the transport: an async closure, or another [`Transport`].
    ///
    /// ```
    /// use relatch::{Client, TransportError, http};
    ///
    /// let client = Client::builder("https://accounts.example.com")
    ///     .transport(async |_request: http::Request<Vec<u8>>| {
    ///         Ok::<_, TransportError>(http::Response::new(br#"{"message":"sent"}"#.to_vec()))
    ///     })
    ///     .build()?;
    /// # Ok::<(), relatch::BuildError>(())
    /// ```
    pub fn transport<N: Transport>(self, transport: N) -> ClientBuilder<N> {
        self.with_transport(transport)
    }

    fn with_transport<N>(self, transport: N) -> ClientBuilder<N> {
        let Self { base_url, application, timeout, user_agent, retry, transport: _ } = self;
        ClientBuilder { base_url, application, timeout, user_agent, retry, transport }
    }

    fn parse_base_url(&self) -> Result<BaseUrl, BuildError> {
        BaseUrl::parse(&self.base_url, self.application.as_deref())
    }
}

impl<T: Transport> ClientBuilder<T> {
    /// Builds the client.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the base URL, the application id, or the user agent cannot be used.
    ///
    /// ```
    /// use relatch::{BuildError, Client, TransportError, http};
    ///
    /// let builder = Client::builder("http://accounts.example.com")
    ///     .transport(async |_request: http::Request<Vec<u8>>| {
    ///         Ok::<_, TransportError>(http::Response::new(Vec::new()))
    ///     });
    /// assert!(matches!(builder.build(), Err(BuildError::BaseUrl(_))));
    /// ```
    pub fn build(self) -> Result<Client<T>, BuildError> {
        let user_agent = match &self.user_agent {
            Some(name) => HeaderValue::from_str(name).map_err(|_| BuildError::UserAgent)?,
            None => DEFAULT_USER_AGENT,
        };
        Ok(Client {
            base_url: self.parse_base_url()?,
            timeout: self.timeout,
            user_agent,
            retry: self.retry,
            visitor: None,
            transport: self.transport,
        })
    }
}

#[cfg(all(feature = "native", not(target_arch = "wasm32")))]
impl ClientBuilder {
    /// Builds the client over reqwest.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the base URL, the application id, or the user agent cannot be used, or
    /// reqwest cannot be set up.
    ///
    /// ```
    /// let client = relatch::Client::builder("https://accounts.example.com").build()?;
    /// # Ok::<(), relatch::BuildError>(())
    /// ```
    pub fn build(self) -> Result<Client, BuildError> {
        let base_url = self.parse_base_url()?;
        let mut builder = self;
        let reqwest = std::mem::take(&mut builder.transport.reqwest);
        let transport = crate::ReqwestTransport::build(reqwest, &base_url)?;
        builder.with_transport(transport).build()
    }

    /// Sets the configuration of reqwest: proxies, certificates, connection limits.
    ///
    /// It takes a builder and not a client, because redirects have to be disabled. Over plain HTTP,
    /// which is allowed only to the loopback interface, no proxy is used.
    ///
    /// ```
    /// use relatch::{Client, reqwest};
    ///
    /// let pool = reqwest::Client::builder().pool_max_idle_per_host(2);
    /// let client = Client::builder("https://accounts.example.com").reqwest(pool).build()?;
    /// # Ok::<(), relatch::BuildError>(())
    /// ```
    pub fn reqwest(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.transport.reqwest = builder;
        self
    }
}

#[cfg(all(feature = "native", target_arch = "wasm32"))]
impl ClientBuilder {
    /// Builds the client over the `fetch` of the JavaScript host.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if the base URL, the application id, or the user agent cannot be used.
    ///
    /// ```
    /// let client = relatch::Client::builder("https://accounts.example.com").build()?;
    /// # Ok::<(), relatch::BuildError>(())
    /// ```
    pub fn build(self) -> Result<Client, BuildError> {
        self.with_transport(crate::FetchTransport).build()
    }
}

/// Omits the base URL: it is not validated yet and may contain a password.
impl<T> std::fmt::Debug for ClientBuilder<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ClientBuilder")
            .field("application", &self.application)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

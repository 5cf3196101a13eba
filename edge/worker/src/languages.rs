//! The texts of pages and mails in every language but English, from the static assets. An isolate
//! keeps those that it has loaded.

use std::cell::{Cell, RefCell};

use relatch_languages::{Language, Texts, file_name};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::bindings::{AssetResponse, Fetcher};
use crate::host::{await_promise, log_error};
use relatch_domain::ports::{Languages, Outage};
use relatch_domain::timeouts;

/// The binding of the assets.
pub const BINDING: &str = "ASSETS";

/// The folder of the tables. The host of the URL has no meaning for the binding.
const FOLDER: &str = "https://assets.invalid/password/assets/languages/";

thread_local! {
    /// The texts that were loaded, from the assets of any instance: they are the same in all.
    static LOADED: RefCell<Vec<(Language, Texts)>> = const { RefCell::new(Vec::new()) };
    /// Whether the isolate has logged that an instance has no assets.
    static IS_REPORTED: Cell<bool> = const { Cell::new(false) };
}

/// The texts in the assets.
pub struct AssetLanguages {
    assets: JsValue,
}

impl AssetLanguages {
    /// Creates the adapter for a binding, which may not exist.
    pub fn new(assets: JsValue) -> Self {
        Self { assets }
    }

    async fn load(&self, language: Language) -> Result<Option<Texts>, Outage> {
        const STEP: &str = "languages: load";
        let name = file_name(language);
        let url = [FOLDER, &name].concat();
        let assets = self.assets.unchecked_ref::<Fetcher>();
        let response = await_promise(STEP, timeouts::READ, assets.fetch(&url)).await?;
        let response = response.unchecked_into::<AssetResponse>();
        match response.status() {
            200 => {}
            404 => {
                log_error(&format!(
                    "languages: the assets do not have `{name}`: deploy them again"
                ));
                return Ok(None);
            }
            status => {
                log_error(&format!("{STEP}: status {status}"));
                return Err(Outage);
            }
        }
        let table = await_promise(STEP, timeouts::READ, response.text()).await?;
        let texts = table.as_string().and_then(|table| Texts::read(language, table));
        if texts.is_none() {
            log_error(&format!("languages: `{name}` in the assets is not complete"));
        }
        Ok(texts)
    }
}

impl Languages for AssetLanguages {
    async fn texts(&self, language: Language) -> Result<Option<Texts>, Outage> {
        if self.assets.is_undefined() {
            if !IS_REPORTED.replace(true) {
                log_error(
                    "languages: the binding `ASSETS` does not exist, so pages and mails are in \
                     English",
                );
            }
            return Ok(None);
        }
        let known = LOADED.with_borrow(|loaded| {
            loaded.iter().find(|(known, _)| *known == language).map(|(_, texts)| *texts)
        });
        if known.is_some() {
            return Ok(known);
        }
        let texts = self.load(language).await?;
        LOADED.with_borrow_mut(|loaded| {
            if loaded.iter().all(|(known, _)| *known != language) {
                loaded.extend(texts.map(|texts| (language, texts)));
            }
        });
        Ok(texts)
    }
}

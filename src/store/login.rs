//! Finding the account of a login. Source: `docs/behaviour/login.md` sections 1.2 and 1.3.

use super::account::Account;
use super::exact::Exact;
use super::users::{UserFilter, without_letter_case};
use super::{Store, StoreError};
use bson::doc;
use futures_util::TryStreamExt;

/// Of the accounts that are alike without letter case so many are looked at; two are already too many.
const LIKENESSES: i64 = 8;

/// A login token in one of the forms in which it can be stored.
#[derive(Clone, Copy)]
pub enum StoredToken<'a> {
    Hashed(&'a str),
    /// As Meteor stored it long ago.
    Plain(&'a str),
}

impl StoredToken<'_> {
    fn key_and_value(&self) -> (&'static str, &str) {
        match self {
            StoredToken::Hashed(hash) => ("hashedToken", hash),
            StoredToken::Plain(token) => ("token", token),
        }
    }
}

impl Store {
    /// The account of that name; without letter case only if no other account has it so.
    pub async fn account_named(&self, name: UserFilter<'_>) -> Result<Option<Account>, StoreError> {
        let users = self.users();
        let projection = Account::projection(None);
        let exact = users.find_one(name.document()).projection(projection.clone()).await?;
        if let Some(user) = exact {
            return Ok(Some(Account::from_document(&user)?));
        }
        let alike: Vec<Exact> = users
            .find(name.document())
            .projection(projection)
            .collation(without_letter_case())
            .limit(LIKENESSES)
            .await?
            .try_collect()
            .await?;
        let mut alike: Vec<Account> =
            alike.iter().map(|user| Account::from_document(user)).collect::<Result<_, _>>()?;
        alike.retain(|account| account.is_named(name));
        Ok(if alike.len() == 1 { alike.pop() } else { None })
    }

    /// The account with this id.
    pub async fn account_with_id(&self, id: &str) -> Result<Option<Account>, StoreError> {
        let users = self.users();
        let user = users.find_one(doc! {"_id": id}).projection(Account::projection(None)).await?;
        Ok(user.map(|user| Account::from_document(&user)).transpose()?)
    }

    /// The account that holds the login token.
    pub async fn account_with_token(&self, token: StoredToken<'_>) -> Result<Option<Account>, StoreError> {
        let (key, value) = token.key_and_value();
        let filter = doc! {format!("services.resume.loginTokens.{key}"): value};
        let projection = Account::projection(Some((key, value)));
        let user = self.users().find_one(filter).projection(projection).await?;
        // A token that cannot be read ends nowhere, and so counts nowhere.
        let account = user.map(|user| Account::from_document(&user)).transpose()?;
        Ok(account.filter(|account| !account.caller.login_token.is_empty()))
    }
}

//! `diachiso token`: who gets which rights, until when.

pub(crate) mod args;

use std::fmt::Write as _;

use diachiso_model::{Areas, Grant, Role, Timestamp};
use diachiso_store::{NewToken, ServiceStore, TokenRecord};
use jiff::SignedDuration;
use serde_json::json;

use crate::{
    audit::{entry, service},
    subject::args::By,
    user,
};

/// The command.
pub(crate) async fn command(args: &args::Token) -> anyhow::Result<()> {
    match &args.command {
        None => plain(&args.plain).await,
        Some(args::Command::Add(add)) => self::add(add).await,
        Some(args::Command::List(list)) => self::list(list).await,
        Some(args::Command::Revoke(revoke)) => self::revoke(revoke).await,
        Some(args::Command::Rotate(rotate)) => self::rotate(rotate).await,
        Some(args::Command::Roles) => {
            print!("{}", diachiso_server::roles_table());
            Ok(())
        }
    }
}

/// As before there were roles: a token for all lists and rows everywhere.
async fn plain(args: &args::Plain) -> anyhow::Result<()> {
    let service = service(&args.store).await?;
    let (_, text) = make(service.as_ref(), &args.of, vec![everything()?]).await?;
    eprintln!(
        "Mã này xem được mọi địa bàn; cấp theo vai trò và địa bàn bằng / this token sees all areas; give a role and areas with: diachiso token add --role officer --area 477@2024-12-31"
    );
    println!("{text}");
    Ok(())
}

/// A token for whoever tries the demo.
pub(crate) async fn demo(service: &dyn ServiceStore, days: u16) -> anyhow::Result<String> {
    let by = By { by: "demo".to_owned() };
    let of = args::Of { label: "demo".to_owned(), days, by };
    Ok(make(service, &of, vec![everything()?]).await?.1)
}

fn everything() -> anyhow::Result<Grant> {
    Ok(Grant::new(Role::Reviewer, Areas::All, None)?)
}

async fn make(
    service: &dyn ServiceStore,
    of: &args::Of,
    grants: Vec<Grant>,
) -> anyhow::Result<(i64, String)> {
    let (text, hash) = diachiso_server::new_token()?;
    let created_at = Timestamp::now();
    let expires_at = created_at + days(of.days);
    let token = NewToken { hash, label: of.label.as_str().into(), grants, created_at, expires_at };
    let entry = entry(&of.by, "token-add", &of.label);
    Ok((service.add_token(&token, &entry).await.map_err(user)?, text))
}

fn days(days: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

async fn add(args: &args::Add) -> anyhow::Result<()> {
    let service = service(&args.store).await?;
    let mut grants = args.grants.clone();
    if let Some(role) = args.role {
        let units = crate::areas::frozen(service.as_ref(), &args.areas).await?;
        let areas = if args.areas.is_empty() { Areas::All } else { Areas::Of(units) };
        grants.insert(0, Grant::new(role, areas, args.team.as_deref()).map_err(user)?);
    }
    let (id, text) = make(service.as_ref(), &args.of, grants).await?;
    eprintln!("Mã số {id}; chỉ hiện lần này, hãy cất giữ / token {id}; shown this once, keep it:");
    println!("{text}");
    Ok(())
}

async fn list(args: &args::List) -> anyhow::Result<()> {
    let tokens = service(&args.store).await?.tokens().await.map_err(user)?;
    let now = Timestamp::now();
    if args.json {
        let body: Vec<_> = tokens.iter().map(|t| row(t, now)).collect();
        println!("{}", serde_json::to_string_pretty(&body)?);
        return Ok(());
    }
    let mut text = String::new();
    for t in &tokens {
        let grants: Vec<String> = t.grants.iter().map(ToString::to_string).collect();
        writeln!(
            text,
            "{}\t{}\t{}\t{}\t{}",
            t.id,
            state(t, now),
            minute(t.expires_at),
            t.label,
            grants.join(" ")
        )?;
    }
    print!("{text}");
    Ok(())
}

fn row(t: &TokenRecord, now: Timestamp) -> serde_json::Value {
    json!({
        "id": t.id,
        "state": state(t, now),
        "label": &*t.label,
        "grants": t.grants.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "created_at": t.created_at.to_string(),
        "expires_at": t.expires_at.to_string(),
        "revoked_at": t.revoked_at.map(|at| at.to_string()),
    })
}

fn state(t: &TokenRecord, now: Timestamp) -> &'static str {
    match (t.holds_at(now), t.revoked_at) {
        (true, None) => "holds",
        (true, Some(_)) => "ending",
        (false, Some(at)) if at <= now => "revoked",
        (false, _) => "expired",
    }
}

/// A time for people, to the minute, in UTC.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%MZ").to_string()
}

async fn revoke(args: &args::Revoke) -> anyhow::Result<()> {
    let service = service(&args.store).await?;
    // Before it is on record: what stands there tells a server whose clock is set back what time it is at least.
    let now = Timestamp::now();
    let entry = entry(&args.by, "token-revoke", &args.id.to_string());
    if !service.revoke_token(args.id, now, &entry).await.map_err(user)? {
        return Err(no_such(args.id));
    }
    eprintln!("Đã thu hồi mã số {0} / token {0} is revoked", args.id);
    Ok(())
}

async fn rotate(args: &args::Rotate) -> anyhow::Result<()> {
    let service = service(&args.store).await?;
    let tokens = service.tokens().await.map_err(user)?;
    let old = tokens.into_iter().find(|t| t.id == args.id).ok_or_else(|| no_such(args.id))?;
    let (text, hash) = diachiso_server::new_token()?;
    let created_at = Timestamp::now();
    let expires_at = created_at + days(args.days);
    let TokenRecord { label, grants, .. } = old;
    let new = NewToken { hash, label, grants, created_at, expires_at };
    let until = created_at + SignedDuration::from_hours(i64::from(args.grace_hours));
    let entry = entry(&args.by, "token-rotate", &args.id.to_string());
    let id = service.rotate_token(args.id, &new, until, &entry).await.map_err(user)?;
    let id = id.ok_or_else(|| no_such(args.id))?;
    eprintln!(
        "Mã số {id} thay mã số {}, còn hiệu lực đến {} / token {id} takes the place of {0}, which holds until {1}:",
        args.id,
        minute(until)
    );
    println!("{text}");
    Ok(())
}

fn no_such(id: i64) -> anyhow::Error {
    user(anyhow::anyhow!(
        "không có mã số {id} còn hiệu lực / there is no token {id} that holds; see `diachiso token list`"
    ))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_about_access_holds_the_table_of_the_program() {
        let page = include_str!("../../../docs/access.md");
        let table = diachiso_server::roles_table();
        assert!(
            page.contains(&table),
            "put what `diachiso token roles` prints into docs/access.md:\n{table}"
        );
    }
}

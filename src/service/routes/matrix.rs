//! Who is in two programmes, or under two counties, on one day.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::query::{
    Matrix, MatrixBy, MatrixPersons, matrix as matrix_of, matrix_persons as persons_of,
};
use crate::service::looks::{Answered, Look, Sight, Stated};
use crate::service::masking::masked;
use crate::service::problem::{Code, Problem};
use crate::service::{App, gate, input};

/// Persons of a cell, if the caller does not say.
const USUAL: usize = 50;

/// Persons of a cell of the matrix that are told at most.
pub const MOST: usize = 10_000;

/// On which day, and what enrolments are told apart by.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MatrixRequest {
    /// Day on which enrolments run; today if it is absent.
    as_of: Option<String>,
    /// `programme` or `county`.
    #[schema(value_type = String, example = "programme")]
    by: MatrixBy,
    /// What this is asked for. The header `Yiren-Purpose` does as well.
    #[serde(default)]
    purpose: String,
    /// Whether to show values whole; there are none in this answer.
    #[serde(default)]
    unmasked: bool,
}

impl Stated for MatrixRequest {
    fn stated(&self) -> (&str, bool) {
        (&self.purpose, self.unmasked)
    }
}

/// Of which cell the persons are wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CellRequest {
    /// Day on which enrolments run; today if it is absent.
    as_of: Option<String>,
    /// `programme` or `county`.
    #[schema(value_type = String, example = "programme")]
    by: MatrixBy,
    /// Two programmes or counties; twice the same for persons who are in it twice.
    #[schema(example = json!(["dibao", "tekun"]))]
    cell: [String; 2],
    /// Persons, at most 10,000; 50 if it is absent.
    limit: Option<usize>,
    /// What this is asked for; needed for whole values. The header `Yiren-Purpose` does as well.
    #[serde(default)]
    purpose: String,
    /// Whether to show values whole.
    #[serde(default)]
    unmasked: bool,
}

impl Stated for CellRequest {
    fn stated(&self) -> (&str, bool) {
        (&self.purpose, self.unmasked)
    }
}

/// Count who is in two programmes, or under two counties, on one day; for keys without a scope
#[utoipa::path(post, path = "/v1/matrix", tag = "people", security(("bearer" = [])), request_body = MatrixRequest,
    responses((status = 200, body = Object)))]
pub async fn matrix(
    State(app): State<App>,
    Look { asked, looking }: Look<MatrixRequest>,
) -> Result<Answered<Matrix>, Problem> {
    looking.whole()?;
    let as_of = input::day(asked.as_of.as_deref(), gate::now())?;
    let work = move |sight: &Sight<'_>| {
        let found = matrix_of(sight.view, &sight.engine.policy, as_of, asked.by)?;
        Ok((found, Vec::new()))
    };
    looking.look_long(&app, "matrix", work).await
}

/// The persons of a cell of the matrix; for keys without a scope
#[utoipa::path(post, path = "/v1/matrix/persons", tag = "people", security(("bearer" = [])), request_body = CellRequest,
    responses((status = 200, body = Object)))]
pub async fn persons(
    State(app): State<App>,
    Look { asked, looking }: Look<CellRequest>,
) -> Result<Answered<MatrixPersons>, Problem> {
    looking.whole()?;
    let as_of = input::day(asked.as_of.as_deref(), gate::now())?;
    let limit = asked.limit.unwrap_or(USUAL);
    if limit > MOST {
        let detail = format!("`limit` is at most {MOST}");
        return Err(Problem::new(Code::Parameter, detail));
    }
    let work = move |sight: &Sight<'_>| {
        let [a, b] = &asked.cell;
        let cell = [&**a, &**b];
        let policy = &sight.engine.policy;
        let mut found = persons_of(sight.view, policy, as_of, asked.by, cell, limit)?;
        let names = found.persons.iter().map(|person| person.entity.clone());
        let names = names.collect();
        if !sight.unmasked {
            for person in &mut found.persons {
                person.name = masked("name", &person.name);
            }
        }
        Ok((found, names))
    };
    looking.look_long(&app, "matrix", work).await
}

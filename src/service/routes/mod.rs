//! The routes, and the document that describes them.

mod changes;
mod entities;
mod explain;
mod findings;
mod health;
mod how;
mod matrix;
mod network;
mod overlap;
mod paths;
mod records;
mod reviews;
mod search;
mod show;
mod sweeping;
mod timeline;
mod why;

pub use matrix::MOST as MOST_PERSONS;

use axum::extract::Request;
use axum::http::{Method, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use super::App;
use super::gate::gate;
use super::problem::{Code, Problem, ProblemBody};

/// The document, without the routes, which bring their own parts.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "yiren",
        description = "Who an applicant is, what they already receive, and whether the rules allow both; and the changes of records as they come. Errors are problem details (RFC 9457) with a stable `code`. Personal values are masked unless a purpose is stated and the role allows it; every look is in the audit."
    ),
    modifiers(&Security),
    tags(
        (name = "overlap", description = "What an applicant already receives"),
        (name = "records", description = "Records as they come, change and go"),
        (name = "people", description = "Persons, their records and history"),
        (name = "findings", description = "What the rules do not allow together"),
        (name = "review", description = "Pairs that a person has to look at"),
        (name = "running", description = "Sweeps, changes, health")
    )
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

fn all() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .routes(routes!(health::document))
        .routes(routes!(overlap::overlap))
        .routes(routes!(overlap::batch))
        .routes(routes!(records::post))
        .routes(routes!(records::bulk))
        .routes(routes!(records::get, records::put, records::delete))
        .routes(routes!(entities::show_entity))
        .routes(routes!(entities::history))
        .routes(routes!(network::get))
        .routes(routes!(show::show))
        .routes(routes!(why::why))
        .routes(routes!(how::how))
        .routes(routes!(network::post))
        .routes(routes!(paths::paths))
        .routes(routes!(timeline::timeline))
        .routes(routes!(matrix::matrix))
        .routes(routes!(matrix::persons))
        .routes(routes!(search::get, search::post))
        .routes(routes!(explain::explain))
        .routes(routes!(findings::list))
        .routes(routes!(findings::get, findings::settle))
        .routes(routes!(findings::export))
        .routes(routes!(reviews::next))
        .routes(routes!(reviews::judge))
        .routes(routes!(reviews::withdraw))
        .routes(routes!(sweeping::begin))
        .routes(routes!(sweeping::get))
        .routes(routes!(changes::changes))
}

/// The document that describes all routes.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = all().into_openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_string();
    // Whatever goes wrong is told in one shape, by all routes.
    let (name, schema) = (ProblemBody::name(), ProblemBody::schema());
    let components = document.components.get_or_insert_default();
    components.schemas.insert(name.to_string(), schema);
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(name.as_ref())))
        .build();
    let problem = ResponseBuilder::new()
        .description("Something is wrong; `code` says what")
        .content("application/problem+json", content)
        .build();
    for item in document.paths.paths.values_mut() {
        let operations = [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ];
        for operation in operations.into_iter().flatten() {
            let responses = &mut operation.responses.responses;
            responses.insert("default".to_string(), RefOr::T(problem.clone()));
        }
    }
    document
}

/// All routes, behind the gate.
pub fn router(app: App) -> Router {
    let (routes, _) = all().split_for_parts();
    let routes = routes
        .method_not_allowed_fallback(no_such_method)
        .route_layer(from_fn_with_state(app.clone(), gate))
        .with_state(app);
    Router::new()
        .merge(routes)
        .merge(SwaggerUi::new("/docs").url("/docs/openapi.json", document()))
        .fallback(no_such_route)
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| {
                Problem::internal(&"a handler panicked").into_response()
            },
        ))
}

async fn no_such_route(uri: Uri) -> Response {
    let _ = uri;
    Problem::new(Code::NotFound, "there is no such route; see /docs").into_response()
}

async fn no_such_method(method: Method, _: Request) -> Response {
    let _ = method;
    Problem::new(Code::Method, "see /docs").into_response()
}

/// A JSON answer.
type Answer<T> = Result<Json<T>, Problem>;

"""scim2-server with users that are there from the start, in memory, for loads: scim2.py PORT TOKEN USERS

The same application and storage as the command `scim2-server`; the users are copies of one that was created in the usual way.
"""

import json
import pathlib
import sys
from wsgiref.simple_server import make_server

from scim2_models import ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME, BearerTokenApplication
from scim2_server.testserver.cli import ThreadingWSGIServer
from scim2_server.utils import load_default_resource_types, load_default_schemas, load_default_service_provider_config

port, token, users = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
config = load_default_service_provider_config()
config.authentication_schemes = [*(config.authentication_schemes or []), BEARER_TOKEN_SCHEME]
types = load_default_resource_types()
provider = ScimProvider.from_discovery(load_default_schemas().values(), types.values(), config=config)
storage = InMemoryStorage()
app = BearerTokenApplication(
    storage, provider, service=ScimService(provider, secret="quickly"), bearer_tokens=[token]
)

user_type = next(kind for kind in types.values() if kind.name == "User")
model = provider.model_for(user_type)
text = (pathlib.Path(__file__).parent.parent / "user0.json").read_text()
for number in range(users):
    name = f"{number:07}"
    resource = model.model_validate(json.loads(text.replace("user0000000@", f"user{name}@")))
    storage.generate_id = lambda *_, name=name: f"u{name}"
    storage.create(user_type, resource)
del storage.generate_id

with make_server("127.0.0.1", port, app, server_class=ThreadingWSGIServer) as server:
    print(f"ready on {port}", flush=True)
    server.serve_forever()

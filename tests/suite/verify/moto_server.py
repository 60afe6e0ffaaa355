"""Moto, in place of AWS: one user with a key, whose requests must be signed rightly. Usage: moto_server.py PORT FOLDER"""
import os, sys

os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
# Hosts of other providers hold no bucket's name.
os.environ["S3_IGNORE_SUBDOMAIN_BUCKETNAME"] = "true"
from botocore.awsrequest import AWSRequest
from moto.iam.access_control import IAMRequestBase
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

def request(self, made=IAMRequestBase._create_aws_request):
    """Moto takes the query of a GET for its body, and so refuses even what AWS's own library signs."""
    whole = made(self)
    if self._method != "GET":
        return whole
    plain = AWSRequest(method="GET", url=whole.url, headers=whole.headers)
    plain.context["timestamp"] = whole.context["timestamp"]
    return plain


IAMRequestBase._create_aws_request = request
port, folder = int(sys.argv[1]), sys.argv[2]
users = iam_backends["123456789012"]["aws"]
users.create_user("us-east-1", "nightly")
key = users.create_access_key("nightly")
policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
users.put_user_policy("nightly", "all", policy)
with open(f"{folder}/key", "w") as file:
    file.write(f"{key.access_key_id}\n{key.secret_access_key}\n")
app = DomainDispatcherApplication(create_backend_app)
run_simple("127.0.0.1", port, app, threaded=True, ssl_context=(f"{folder}/cert.pem", f"{folder}/key.pem"))

"""A machine that talks to the API with a clinic's token."""

import json
from contextlib import nullcontext
from uuid import uuid4

from django.db import connection, transaction
from django.test import Client

from clinic_inbox.tenancy import clinic_scope
from clinics.operations.tokens import create_api_token


class Machine:
    """Sends JSON with a token of one clinic; every answer is a Django response."""

    def __init__(self, clinic):
        with clinic_scope(clinic.pk):
            self.row, self.token = create_api_token("booking system")
        self.client = Client(raise_request_exception=False)

    def get(self, path, **options):
        return self.client.get(f"/api/v1/{path}", headers=self._headers(), **options)

    def post(self, path, body, key=None):
        headers = self._headers() | {"idempotency-key": key or str(uuid4())}
        return self.client.post(f"/api/v1/{path}", json.dumps(body), "application/json", headers=headers)

    def patch(self, path, body):
        return self.client.patch(
            f"/api/v1/{path}", json.dumps(body), "application/json", headers=self._headers()
        )

    def upload(self, **fields):
        """In a savepoint: the view is in no transaction, so DRF would break the test's own when it refuses."""
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            return self.upload_bare(**fields)

    def upload_bare(self, **fields):
        return self.client.post("/api/v1/attachments/", fields, headers=self._headers())

    def _headers(self):
        return {"authorization": f"Bearer {self.token}"}

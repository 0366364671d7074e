"""The one client of this process, and what a view does with its errors."""

import functools
import json

from django.conf import settings
from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from signupd import Client, SignupdError

# It connects at the first call, so each worker process has a connection of its own.
signupd = Client(settings.SIGNUPD_SOCKET)


def refusal(error):
    body = {"message": str(error)}
    if error.field:
        body["field"] = error.field
    # What is wrong with a value is for the person; other hints are for operators.
    if error.hint and error.reason.startswith("INVALID_"):
        body["hint"] = error.hint
    response = JsonResponse(body, status=error.status)
    if error.retry_after is not None:
        response["Retry-After"] = str(error.retry_after)
    return response


def json_view(view):
    """A view of (request, fields): JSON in, JSON out, and an error of signupd under its own HTTP status."""

    # A page of another site cannot send this content type without being asked, so there is no form to forge.
    @csrf_exempt
    @require_POST
    @functools.wraps(view)
    def wrapped(request):
        if request.content_type != "application/json":
            return JsonResponse({"message": "send application/json"}, status=415)
        try:
            fields = json.loads(request.body)
        except ValueError:
            return JsonResponse({"message": "the body is no JSON"}, status=400)
        if not isinstance(fields, dict):
            return JsonResponse({"message": "the body must be a JSON object"}, status=400)
        try:
            return view(request, fields)
        except SignupdError as error:
            return refusal(error)

    return wrapped

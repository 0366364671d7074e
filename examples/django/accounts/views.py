"""The tutorial's two views, their bodies replaced by a call each; and a login of the members that they make."""

from django.contrib.auth import authenticate, login
from django.http import JsonResponse

from accounts.sidecar import json_view, signupd


@json_view
def signup(request, fields):
    receipt = signupd.call(
        "signup",
        # A client that sends one may repeat the request after a lost connection: it is done once.
        idempotency_key=request.headers.get("Idempotency-Key"),
        email=fields.get("email"),
        password=fields.get("password"),
        nickname=fields.get("nickname"),
        client_ip=request.META["REMOTE_ADDR"],  # Behind a proxy: what the proxy says.
    )
    # With the id, verify-email takes the code of this signup and of no other.
    request.session["signup"] = {"email": fields["email"], "id": receipt["signup_id"]}
    return JsonResponse({"message": receipt["message"]}, status=201)


@json_view
def verify_email(request, fields):
    email = fields.get("email")
    own = request.session.get("signup", {})
    member = signupd.call(
        "verify",
        email=email,
        code=fields.get("code"),
        signup_id=own["id"] if own.get("email") == email else None,
        client_ip=request.META["REMOTE_ADDR"],
    )
    return JsonResponse({"message": member["message"]})


@json_view
def log_in(request, fields):
    user = authenticate(request, email=fields.get("email"), password=fields.get("password"))
    if user is None:
        return JsonResponse({"message": "the e-mail or the password is wrong"}, status=401)
    login(request, user)
    return JsonResponse({"message": "logged in", "nickname": user.first_name})

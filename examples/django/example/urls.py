from django.urls import path

from accounts import views

urlpatterns = [
    path("signup/", views.signup),
    path("verify-email/", views.verify_email),
    path("login/", views.log_in),
]

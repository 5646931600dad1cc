from django.db import migrations, models

STATUS = models.CharField(
    choices=[
        ("scheduled", "Scheduled"),
        ("held", "Sending soon"),
        ("queued", "Queued"),
        ("sending", "Sending"),
        ("sent", "Sent"),
        ("delivered", "Delivered"),
        ("undelivered", "Not delivered"),
        ("failed", "Failed"),
        ("unconfirmed", "Unconfirmed"),
        ("blocked", "Blocked"),
        ("canceled", "Canceled"),
        ("received", "Received"),
    ],
    max_length=12,
    verbose_name="status",
)


class Migration(migrations.Migration):
    dependencies = [("messaging", "0081_fill_facts")]

    operations = [
        migrations.RemoveField("message", "error"),
        migrations.RemoveField("statuschange", "detail"),
        migrations.RemoveField("queuepause", "reason"),
        migrations.RemoveField("queuepause", "mender"),
        migrations.AlterField("message", "status", STATUS),
        migrations.AlterField("statuschange", "status", STATUS),
    ]

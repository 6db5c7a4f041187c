Console.WriteLine("smile");
